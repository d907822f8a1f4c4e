"""What is measured: the contenders, the machine under them, how a contender drains and what a point costs."""
