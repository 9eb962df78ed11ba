"""What people see in Telegram."""

import os

# python-telegram-bot warns at each RetryAfter unless it may give waiting times as timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")
