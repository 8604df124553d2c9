using static Rota.JobEvent;
using static Rota.JobState;

namespace Rota;

/// <summary>Where a job is in its life.</summary>
/// <remarks>The numbers are stored: a state keeps its number for ever.</remarks>
public enum JobState
{
    /// <summary>Due later.</summary>
    Scheduled = 0,

    /// <summary>Waits for other jobs.</summary>
    Blocked = 1,

    /// <summary>Ready; a worker takes it as soon as one is free.</summary>
    Queued = 2,

    /// <summary>Claimed by a node.</summary>
    Running = 3,

    /// <summary>An attempt failed; the next one is due later.</summary>
    Retrying = 4,

    Succeeded = 5,
    Failed = 6,
    Canceled = 7,
}

/// <summary>What can happen to a job.</summary>
public enum JobEvent { Due, Unblock, Claim, Succeed, Fail, Exhaust, Snooze, Rescue, Cancel, Retry, Postpone }

/// <summary>Why a job ended as <see cref="JobState.Failed"/>.</summary>
/// <remarks>The numbers are stored: a reason keeps its number for ever.</remarks>
public enum FailReason
{
    None = 0,

    /// <summary>The handler threw, or returned <see cref="JobResult.Fail"/>.</summary>
    Error = 1,

    /// <summary>The attempt ran longer than its time-out.</summary>
    Timeout = 2,

    /// <summary>The node of the last allowed attempt died or lost its lease.</summary>
    Lost = 3,

    /// <summary>The job was running in three processes that died: it is in quarantine.</summary>
    Crashed = 4,

    /// <summary>No handler has this kind, or the arguments do not fit it.</summary>
    Rejected = 5,
}

/// <summary>The whole life of a job: every allowed move, and nothing else moves a job.</summary>
/// <remarks>Drawn in docs/job-states.md; a test keeps the drawing equal to this table.</remarks>
public static class JobLifecycle
{
    extension(JobState state)
    {
        public bool IsFinal => state is Succeeded or Failed or Canceled;

        /// <summary>The state after <paramref name="trigger"/>, or null where that move is not allowed.</summary>
        public JobState? After(JobEvent trigger) => (state, trigger) switch
        {
            (Scheduled or Retrying, Due) => Queued,
            (Blocked, Unblock) => Queued,
            (Blocked, Postpone) => Scheduled,
            (Queued, Claim) => Running,

            (Running, Succeed) => Succeeded,
            (Running, Fail) => Retrying,
            (Running, Exhaust) => Failed,
            (Running, Snooze) => Scheduled,
            (Running, Rescue) => Queued,

            (Scheduled or Blocked or Queued or Running or Retrying, Cancel) => Canceled,
            (Scheduled or Retrying, Retry) => Queued, // an ended job never moves: its retry is a new job, linked to it

            _ => null,
        };
    }

    /// <summary>The states that <paramref name="trigger"/> may start from, in the order of the enum.</summary>
    public static IEnumerable<JobState> Sources(JobEvent trigger) =>
        Enum.GetValues<JobState>().Where(state => state.After(trigger) is not null);
}
