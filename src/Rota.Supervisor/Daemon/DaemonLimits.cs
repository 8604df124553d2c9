using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>`minfds` and `minprocs`: raises the limits of this process, or says that it cannot.</summary>
internal static class DaemonLimits
{
    /// <param name="facts">Gets a line for each limit that was raised.</param>
    /// <exception cref="StartException">The system does not allow as many.</exception>
    public static void Require(DaemonConfig daemon, List<string> facts)
    {
        Require(ResourceLimits.OpenFiles, daemon.MinFds, "RLIMIT_NOFILE", facts, hard =>
            $"The minimum number of file descriptors required to run this process is {daemon.MinFds} as per the "
            + "\"minfds\" command-line argument or config file setting. The current environment will only allow you to "
            + $"open {hard} file descriptors.  Either raise the number of usable file descriptors in your environment "
            + "(see README.rst) or lower the minfds setting in the config file to allow the process to start.");
        Require(ResourceLimits.Processes, daemon.MinProcs, "RLIMIT_NPROC", facts, hard =>
            $"The minimum number of available processes required to run this program is {daemon.MinProcs} as per the "
            + "\"minprocs\" command-line argument or config file setting. The current environment will only allow you "
            + $"to open {hard} processes.  Either raise the number of usable processes in your environment "
            + "(see README.rst) or lower the minprocs setting in the config file to allow the program to start.");
    }

    private static void Require(int resource, int least, string name, List<string> facts, Func<ulong, string> refusal)
    {
        var (_, hard) = ResourceLimits.Get(resource);
        if (!ResourceLimits.TryRequire(resource, (ulong)Math.Max(least, 0), out var isRaised))
            throw new StartException(refusal(hard));
        if (isRaised)
            facts.Add($"Increased {name} limit to {least}");
    }
}
