# A program of this host asks as a reader of the database, and can read no secret.
useradd --system --groups bounced-read newsletter
runuser -u newsletter -- bounced check gone@customers.test && exit 1 || test $? = 1
runuser -u newsletter -- bounced check bounces@news.test
if runuser -u newsletter -- cat /etc/bounced/bounces.password; then exit 1; fi
