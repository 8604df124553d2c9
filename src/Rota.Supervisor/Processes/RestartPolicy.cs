using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>Whether and when a process that ended is started again. Pure: the decisions without the clock.</summary>
internal static class RestartPolicy
{
    /// <summary>Whether an exit that nobody asked for is followed by a start.</summary>
    public static bool Wants(AutoRestart policy, bool isExpected) =>
        policy == AutoRestart.Always || policy == AutoRestart.Unexpected && !isExpected;

    /// <summary>The wait before the next try, after so many failed starts in a row; null: give up.</summary>
    public static TimeSpan? AfterFailure(ProcessConfig config, int failures) =>
        failures > config.StartRetries ? null : TimeSpan.FromSeconds(failures);
}
