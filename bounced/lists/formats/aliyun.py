"""Alibaba Cloud Direct Mail: invalid addresses.

QueryInvalidAddress: ToAddress, LastUpdateTime, UtcLastUpdateTime (seconds since 1970). ListUserSuppression: Address,
which may be a domain, LastBounceTime, CreateTime and Type (system: a bounce, user: entered by hand).
https://help.aliyun.com/zh/direct-mail/api-dm-2015-11-23-queryinvalidaddress
https://help.aliyun.com/zh/direct-mail/api-dm-2015-11-23-listusersuppression
"""

from __future__ import annotations

from bounced.lists.dates import CHINA
from bounced.lists.format import Format, of_kind, seconds

FORMAT = Format(
    "aliyun",
    "Alibaba Cloud Direct Mail",
    address=("toaddress", "address", "收信地址", "邮箱地址"),
    date=("utclastupdatetime", "createtime", "lastupdatetime", "lastbouncetime", "更新时间"),
    kind=("type",),
    kinds={"system": "hard", "user": "manual"},
    default="hard",
    has_domains=True,
    zone=CHINA,
    charset="gb18030",
    columns={
        "Address": lambda entry: entry.address.removeprefix("@"),
        "Type": of_kind(
            {"hard": "system", "soft": "system", "complaint": "user", "unsubscribe": "user", "manual": "user"}
        ),
        "CreateTime": seconds,
    },
)
