"""What single providers and products mean by their codes, in the order in which they are asked."""

from __future__ import annotations

from bounced.classify.fixes.american import AMERICAN
from bounced.classify.fixes.asian import ASIAN
from bounced.classify.fixes.european import EUROPEAN
from bounced.classify.fixes.google import GOOGLE
from bounced.classify.fixes.microsoft import MICROSOFT
from bounced.classify.fixes.products import PRODUCTS

PROVIDERS = (*GOOGLE, *MICROSOFT, *AMERICAN, *EUROPEAN, *ASIAN, *PRODUCTS)
