using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>Whether and when a process that ended is started again. Pure: the decisions without the clock.</summary>
internal static class RestartPolicy
{
    /// <summary>A wait is up to a tenth longer or shorter, so that what failed together is not all tried at
    /// once.</summary>
    private const double Jitter = 0.1;

    /// <summary>Whether an exit that nobody asked for is followed by a start.</summary>
    public static bool Wants(AutoRestart policy, bool isExpected) =>
        policy == AutoRestart.Always || policy == AutoRestart.Unexpected && !isExpected;

    /// <summary>The wait before the next try, after so many failed starts in a row; null: give up. Without
    /// `restart_delay_secs` supervisord's: 1 second, 2, 3.</summary>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan? AfterFailure(ProcessConfig config, int failures, double chance)
    {
        if (failures > config.StartRetries)
            return null;
        return config.Life.Restart.DelaySeconds == 0
            ? TimeSpan.FromSeconds(failures)
            : Delay(config.Life.Restart, failures - 1, chance);
    }

    /// <summary>The wait before a restart: delay × backoff^before, at most the longest, with jitter.</summary>
    /// <param name="before">Restarts in a row until now.</param>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan Delay(RestartConfig restart, int before, double chance)
    {
        var seconds = Math.Min(restart.DelaySeconds * Math.Pow(restart.Backoff, before), restart.DelayMaxSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - Jitter + 2 * Jitter * chance));
    }

    /// <summary>Whether one more restart is over `restart_limit`.</summary>
    /// <param name="ages">How long ago the last restarts were.</param>
    public static bool IsTooOften(RestartConfig restart, IEnumerable<TimeSpan> ages) => restart.LimitCount > 0
        && ages.Count(age => age < TimeSpan.FromSeconds(restart.LimitSeconds)) >= restart.LimitCount;
}
