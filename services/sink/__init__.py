"""Where OBSERVE=otel sends spans: it counts them, keeps the latest traces, and can fail on purpose."""
