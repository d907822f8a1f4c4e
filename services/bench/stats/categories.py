"""Whose a frame of a stack is: packages, modules and libraries, each with its category, as data."""

KERNEL, SERVER, NATIVE, FRAMEWORK = "kernel", "server", "native", "framework"
SERIALIZATION, APPLICATION, LAB = "serialization", "application", "lab"

# In the order in which they are printed and drawn.
CATEGORIES = {
    APPLICATION: "application",
    SERIALIZATION: "serialization",
    FRAMEWORK: "framework",
    SERVER: "server (Python)",
    NATIVE: "native code",
    KERNEL: "kernel and network",
    LAB: "lab",
}

# Packages by their name in site-packages. What is not here is a library: its callers' time.
PACKAGES = {
    **dict.fromkeys(("gunicorn", "uvicorn", "hypercorn", "granian", "gevent", "eventlet", "greenlet"), SERVER),
    **dict.fromkeys(("uvloop", "httptools", "h11", "h2", "hpack", "hyperframe", "h3", "wsproto", "websockets"), SERVER),
    **dict.fromkeys(("waitress", "cheroot", "daphne", "tornado", "gunicorn_h1c", "zttp", "simple_websocket"), SERVER),
    **dict.fromkeys(("starlette", "fastapi", "anyio", "flask", "werkzeug", "django", "falcon", "bottle"), FRAMEWORK),
    **dict.fromkeys(("quart", "litestar", "aiohttp", "sanic", "pyramid", "rest_framework", "asgiref"), FRAMEWORK),
    **dict.fromkeys(("jinja2", "whitenoise", "dash", "datasette", "connexion", "robyn", "blacksheep"), FRAMEWORK),
    **dict.fromkeys(("pydantic", "pydantic_core", "orjson", "ujson", "msgspec", "marshmallow"), SERIALIZATION),
    **dict.fromkeys(("simplejson", "rapidjson", "msgpack", "cattrs", "yaml"), SERIALIZATION),
}

# Modules of the standard library that are what they are, whoever calls them; all others are their callers' time.
STDLIB = {"json": SERIALIZATION, "pickle.py": SERIALIZATION, "_json": SERIALIZATION, "csv.py": SERIALIZATION}

# The lab's own folders, below /lab: the workloads are the application; what stands around each request is the lab's.
LAB_FOLDERS = {
    "contender/workload.py": APPLICATION,
    "contender/backend.py": APPLICATION,
    "contender/database.py": APPLICATION,
    "contender": LAB,
    "own": LAB,
    "wsgi": APPLICATION,
    "asgi": APPLICATION,
    "frameworks/contract.py": LAB,
    "frameworks": APPLICATION,
}

# Shared libraries of the system, by the beginning of their names. In the C library a call of the kernel is the kernel's
# time, and all else (memory, strings, clocks) its caller's.
C_LIBRARIES = ("libc.so", "libc-", "libc.musl", "ld-musl", "libpthread", "ld-linux")
# Calls of the kernel in which a thread sleeps; no sample has their own cost.
SLEEPS = frozenset(
    [
        "accept",
        "accept4",
        "clock_nanosleep",
        "epoll_pwait",
        "epoll_pwait2",
        "epoll_wait",
        "futex",
        "nanosleep",
        "poll",
        "ppoll",
        "pselect",
        "read",
        "recv",
        "recvfrom",
        "recvmsg",
        "select",
        "wait4",
        "rt_sigtimedwait",
        "sigtimedwait",
        "sigwaitinfo",
        "sigwait",
        "pthread_cond_wait",
        "pthread_cond_timedwait",
        "pthread_cond_clockwait",
        "sem_wait",
        "sem_timedwait",
        "sem_clockwait",
    ]
)
SYSCALLS = SLEEPS | frozenset(
    [
        "bind",
        "close",
        "connect",
        "epoll_create1",
        "epoll_ctl",
        "eventfd_write",
        "fcntl",
        "fstat",
        "fsync",
        "getpeername",
        "getsockname",
        "getsockopt",
        "getpid",
        "getrandom",
        "ioctl",
        "kill",
        "listen",
        "lseek",
        "madvise",
        "mmap",
        "munmap",
        "open",
        "openat",
        "pipe2",
        "pread64",
        "pwrite64",
        "readv",
        "recvmmsg",
        "sched_yield",
        "send",
        "sendfile",
        "sendmmsg",
        "sendmsg",
        "sendto",
        "setsockopt",
        "shutdown",
        "socket",
        "stat",
        "syscall",
        "timerfd_settime",
        "unlink",
        "write",
        "writev",
    ]
)
GIL = ("pthread_cond_timedwait", "pthread_cond_clockwait")  # CPython waits so for the GIL, and for nothing else
SYSCALL = "system call"  # one of which the library has no name
BLOCKING = SLEEPS | {SYSCALL}
SLEEPING_CALLS = "calls that wait"  # their CPU time: what the kernel counted and no sample of a running thread explains
KERNEL_FILE = "[kernel]"
