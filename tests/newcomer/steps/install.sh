apt-get install --yes --no-install-recommends /packages/now/bounced_*.deb
id bounced
bounced --version
test "$(systemctl is-enabled bounced)" = disabled
test "$(systemctl is-active bounced)" = inactive
ls -ld /etc/bounced /var/lib/bounced
man bounced | sed -n 1,6p
man -w 5 bounced.toml
man -w 7 bounced-tokens
bash -ic 'source /usr/share/bash-completion/bash_completion
_comp_load bounced 2>/dev/null || _completion_loader bounced || true
COMP_WORDS=(bounced che) COMP_CWORD=1 COMP_LINE="bounced che" COMP_POINT=11
_bounced_completion bounced che bounced
printf "%s\n" "${COMPREPLY[@]}"' 2>/dev/null | grep -x check
