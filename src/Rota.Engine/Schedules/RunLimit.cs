using Rota.Jobs;

namespace Rota.Schedules;

/// <summary>A job of a limited schedule that has not ended.</summary>
/// <param name="IsAwaited">Another of them waits for its end.</param>
public readonly record struct OpenJob(JobId Id, bool IsAwaited);

/// <summary>What an occurrence of a limited schedule may do.</summary>
/// <param name="SkippedFor">Enqueue nothing, because of this job; else null.</param>
/// <param name="WaitsFor">The new job starts when these have ended.</param>
/// <param name="Cancel">Of those, the ones to cancel.</param>
public sealed record Admission(JobId? SkippedFor, IReadOnlyList<JobId> WaitsFor, IReadOnlyList<JobId> Cancel);

/// <summary>Keeps a schedule to so many running jobs. Pure: the store says which jobs are open, and does what comes
/// out.</summary>
/// <remarks>
/// Jobs that wait form lines, one behind the other, and of each line only the first may run. A new job opens a line
/// while there are fewer than may run, and else joins the line whose last job is the oldest. So no more run at once
/// than there may be lines.
/// </remarks>
/// <param name="isBackfill">Jobs of a back-fill always wait for their turn: none is skipped, and none cancels.</param>
public sealed class RunLimit(RunPolicy policy, IEnumerable<OpenJob> open, bool isBackfill = false)
{
    public const string CancelReason = "A newer run of its schedule takes its place.";

    private static readonly Admission Free = new(null, [], []);

    private readonly List<OpenJob> _open = [.. open.OrderBy(job => job.Id.Value)];
    private readonly int _max = policy.MaxRunning ?? int.MaxValue;

    /// <summary>A job that starts when what its admission names has ended, however.</summary>
    public static NewJob Behind(NewJob job, Admission? admission) => admission is not { WaitsFor.Count: > 0 }
        ? job
        : job with
        {
            Template = job.Template with
            {
                DependsOn = admission.WaitsFor,
                DependencyRule = DependencyRule.AllEnded,
            },
        };

    public Admission Next()
    {
        if (_open.Count < _max)
            return Free;
        return (isBackfill ? WhenFull.Queue : policy.WhenFull) switch
        {
            WhenFull.Queue => Queue(),
            WhenFull.CancelOld => CancelOld(),
            _ => new Admission(_open[0].Id, [], []),
        };
    }

    /// <summary>Notes the job that the last admission led to.</summary>
    public void Add(JobId id, Admission admission)
    {
        for (var at = 0; at < _open.Count; at++)
        {
            if (admission.WaitsFor.Contains(_open[at].Id))
                _open[at] = _open[at] with { IsAwaited = true };
        }
        _open.RemoveAll(job => admission.Cancel.Contains(job.Id));
        _open.Add(new OpenJob(id, IsAwaited: false));
    }

    private Admission Queue()
    {
        var ends = _open.Where(job => !job.IsAwaited).ToList();
        return ends.Count < _max ? Free : new Admission(null, [ends[0].Id], []);
    }

    // A running job goes on until its handler has heard of the cancel.
    private Admission CancelOld()
    {
        var oldest = _open.Take(_open.Count - _max + 1).Select(job => job.Id).ToList();
        return new Admission(null, oldest, oldest);
    }
}
