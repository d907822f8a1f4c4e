"""What runs beside a contender while it is profiled: started and removed by scripts/profile."""
