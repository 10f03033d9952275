"""SendCloud: bounces, spam reports and unsubscriptions, which are lists of their own.

apiv2/bounce/list has email, reason and bounceTime; unsubscribe/list email and unsubscribeTime; spamreported/list email
and reportTime. Dates are of China.
https://www.sendcloud.net/doc/en/email_v2/unsubscribe_do
https://aurorasendcloud.com/docs/zh/API/bounce_do
"""

from __future__ import annotations

from bounced.lists.dates import CHINA
from bounced.lists.format import Format, when

FORMAT = Format(
    "sendcloud",
    "SendCloud",
    address=("email", "邮件地址", "邮箱地址"),
    date=("bouncetime", "reporttime", "unsubscribetime", "createtime", "退信时间", "举报时间", "取消订阅时间"),
    kind_by_column={
        "bouncetime": "hard",
        "退信时间": "hard",
        "reporttime": "complaint",
        "举报时间": "complaint",
        "unsubscribetime": "unsubscribe",
        "取消订阅时间": "unsubscribe",
        "createtime": "manual",
    },
    detail=("reason", "退信原因"),
    zone=CHINA,
    charset="gb18030",
    columns={
        "email": lambda entry: entry.address,
        "reason": lambda entry: entry.detail,
        "bounceTime": when("hard", "soft", zone=CHINA),
        "reportTime": when("complaint", zone=CHINA),
        "unsubscribeTime": when("unsubscribe", zone=CHINA),
        "createTime": when("manual", zone=CHINA),
    },
)
