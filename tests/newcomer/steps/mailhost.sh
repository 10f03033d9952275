# A mail host: newsletters are sent as bounces@news.test, and the customers' domain has no mailbox "gone".
postconf -e 'myhostname = news.test' 'mydestination = news.test, customers.test, localhost' 'inet_protocols = ipv4'
useradd --create-home bounces
echo bounces:secret | chpasswd
systemctl restart postfix dovecot
