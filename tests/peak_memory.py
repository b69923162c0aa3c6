"""Ask a process of one's own for the most memory that it held."""

PEAK = '''
import sys

def peak_bytes():
    """Return the most memory that was resident; `getrusage` would count the process that started this one."""
    try:
        with open("/proc/self/status") as status:
            (kibibytes,) = [line.split()[1] for line in status if line.startswith("VmHWM:")]
        return 1024 * int(kibibytes)
    except FileNotFoundError:  # no Linux
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
'''
"""Code that defines `peak_bytes`, to be put before what such a process runs."""
