using System.Diagnostics;
using System.Diagnostics.Metrics;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Jobs;

/// <summary>The figures of jobs, as instruments of the meter <c>Rota</c>; names in docs/operations.md.</summary>
public sealed class JobMetrics
{
    public const string MeterName = "Rota";

    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _ended;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _wait = meter.CreateHistogram<double>("rota.job.wait", "s", "Time from ready to claimed, of first attempts");
        _duration = meter.CreateHistogram<double>("rota.job.duration", "s", "Time that an attempt ran");
        _ended = meter.CreateCounter<long>("rota.job.attempts", "{attempt}", "Attempts that ended, by outcome");
    }

    internal void Claimed(IReadOnlyList<Claimed> jobs, DateTimeOffset now)
    {
        if (!_wait.Enabled)
            return;
        foreach (var job in jobs)
        {
            if (job.Attempt == 1)
            {
                _wait.Record(Math.Max(0, (now - job.CreatedAt).TotalSeconds),
                    new KeyValuePair<string, object?>("queue", job.Queue));
            }
        }
    }

    internal void Ended(RunningAttempt attempt, Finished finished)
    {
        if (!_duration.Enabled)
            return;
        var tags = new TagList { { "kind", attempt.Kind }, { "outcome", NameOf(finished.Outcome) } };
        _duration.Record(attempt.Clock.GetElapsedTime(attempt.StartedTicks).TotalSeconds, tags);
        _ended.Add(1, tags);
    }

    internal static string NameOf(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Succeeded => "succeeded",
        AttemptOutcome.Failed => "failed",
        AttemptOutcome.TimedOut => "timed_out",
        AttemptOutcome.Canceled => "canceled",
        AttemptOutcome.Snoozed => "snoozed",
        AttemptOutcome.Lost => "lost",
        _ => "released",
    };
}
