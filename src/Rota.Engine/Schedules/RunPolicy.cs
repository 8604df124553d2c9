namespace Rota.Schedules;

/// <summary>What becomes of occurrences that were missed: due longer ago than the grace, because no node ran.
/// </summary>
public enum Misfire
{
    /// <summary>They are noted as missed; the next one is in the future.</summary>
    Skip = 0,

    /// <summary>The last of them enqueues one job; the earlier ones are noted as coalesced.</summary>
    RunOnce = 1,

    /// <summary>Each enqueues a job, oldest first.</summary>
    RunAll = 2,
}

/// <summary>What an occurrence does while as many jobs of its schedule as may run have not ended.</summary>
public enum WhenFull
{
    /// <summary>It enqueues nothing and is noted as skipped.</summary>
    Skip = 0,

    /// <summary>Its job waits until one of them has ended.</summary>
    Queue = 1,

    /// <summary>The oldest of them is canceled; its job starts when that has ended.</summary>
    CancelOld = 2,
}

/// <summary>How the due times of a schedule become jobs.</summary>
public sealed record RunPolicy
{
    public const int RunningMax = 1_000;
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366), ShortestGrace = TimeSpan.FromSeconds(1);

    /// <summary>Default: one job for all that was missed.</summary>
    public Misfire Misfire { get; init; } = Misfire.RunOnce;

    /// <summary>An occurrence that is due longer ago was missed. 1 s to 366 days. Default: 60 s.</summary>
    public TimeSpan MisfireGrace { get; init; } = DefaultGrace;

    /// <summary>True: of several occurrences that are due at once only the last one enqueues. Default: false.</summary>
    public bool Coalesce { get; init; }

    /// <summary>What was missed longer ago than this is not made up for, whatever <see cref="Misfire"/> says. At least
    /// the grace, at most 366 days. Default: no limit.</summary>
    public TimeSpan? CatchUpWindow { get; init; }

    /// <summary>Of the jobs that occurrences enqueued, so many may be there that have not ended. 1 to 1,000. Default:
    /// no limit.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>Default: skip.</summary>
    public WhenFull WhenFull { get; init; }

    /// <exception cref="InvalidFieldException">Names the field.</exception>
    public void Check()
    {
        if (MisfireGrace < ShortestGrace || MisfireGrace > Longest)
            throw new InvalidFieldException("misfire_grace",
                $"misfire_grace is {Durations.Format(MisfireGrace)}.", "Write 1s to 366d.");
        if (CatchUpWindow is { } window && (window < MisfireGrace || window > Longest))
            throw new InvalidFieldException("catch_up_window",
                $"catch_up_window is {Durations.Format(window)}, which is shorter than misfire_grace or over 366d.",
                $"Write {Durations.Format(MisfireGrace)} to 366d, or leave it out for no limit.");
        if (MaxRunning is < 1 or > RunningMax)
            throw new InvalidFieldException("max_running", $"max_running is {MaxRunning}.",
                $"Write 1 to {RunningMax:N0}, or leave it out for no limit.");
        if (WhenFull != WhenFull.Skip && MaxRunning is null)
            throw new InvalidFieldException("when_full", "when_full says what to do at max_running, which is missing.",
                "Write max_running, such as 1.");
        if (Coalesce && Misfire == Misfire.RunAll)
            throw new InvalidFieldException("coalesce", "coalesce asks for one job, and misfire run_all for each.",
                "Leave out one of them.");
    }
}
