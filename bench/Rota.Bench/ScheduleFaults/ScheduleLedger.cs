using Rota.Schedules;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>What became of every due time of some schedules while something went wrong.</summary>
/// <remarks>A due time is accounted for when it has one job, or a row and an event that say why it has none. Which
/// there are is counted from the first one on, a second each, and not asked of Rota.</remarks>
internal sealed record ScheduleLedger
{
    /// <summary>What is to become of due times that were missed.</summary>
    public required string Policy { get; init; }

    public required int Schedules { get; init; }

    public required int Due { get; init; }

    /// <summary>Due times with a job.</summary>
    public required int Jobs { get; init; }

    /// <summary>Due times with a row that says why there is none; of an outage only the last 1,000 have one.</summary>
    public required int RowsMissed { get; init; }

    /// <summary>Due times that events say to have no job of their own.</summary>
    public required long EventsMissed { get; init; }

    /// <summary>Jobs too many.</summary>
    public required int Doubled { get; init; }

    /// <summary>Due times without a job that no row or no event speaks of.</summary>
    public required long SilentlyMissed { get; init; }

    /// <summary>Jobs and rows of no due time, and due times that events call missed though they have a job.</summary>
    public required long Unfounded { get; init; }

    /// <summary>Due times without a job where the policy gives each one.</summary>
    public required int Unmade { get; init; }

    public bool IsClean => Jobs > 0 && Doubled + SilentlyMissed + Unfounded + Unmade == 0;

    /// <param name="length">How long the fault lasted. A grace that is longer than that, and than what is usual, is one
    /// that gives every due time its job.</param>
    /// <param name="first">The schedules have every <paramref name="step"/>th number from this one on.</param>
    /// <param name="until">The account ends here.</param>
    public static ScheduleLedger Of(RunPolicy policy, TimeSpan length, EverySecond schedules, int first, int step,
        DateTimeOffset until, ScheduleFacts facts)
    {
        var some = Enumerable.Range(0, schedules.Count).Where(number => number % step == first)
            .Select(number => One(schedules, number, until, facts)).ToList();
        var (due, jobs) = (some.Sum(one => one.Due), some.Sum(one => one.Jobs));
        var runsAll = policy.Misfire == Misfire.RunAll
            || (policy.MisfireGrace > RunPolicy.DefaultGrace && policy.MisfireGrace > length);
        return new ScheduleLedger
        {
            Policy = $"{policy.Misfire}, grace {policy.MisfireGrace.TotalSeconds:N0} s",
            Schedules = some.Count,
            Due = due,
            Jobs = jobs,
            RowsMissed = some.Sum(one => one.Rows),
            EventsMissed = some.Sum(one => one.Events),
            Doubled = some.Sum(one => one.Doubled),
            SilentlyMissed = some.Sum(one => one.Silent),
            Unfounded = some.Sum(one => one.Unfounded),
            Unmade = runsAll ? due - jobs : 0,
        };
    }

    private sealed record OfOne(int Due, int Jobs, int Rows, long Events, int Doubled, long Silent, long Unfounded);

    private static OfOne One(EverySecond schedules, int number, DateTimeOffset until, ScheduleFacts facts)
    {
        var (name, end) = (EverySecond.Name(number), until.ToMicroseconds());
        var due = schedules.Due(number, until).Select(at => at.ToMicroseconds()).ToHashSet();
        var all = facts.Jobs[name].ToList();
        var jobs = all.Where(at => at <= end).ToHashSet();
        var rows = facts.Rows[name].Where(at => at <= end && !jobs.Contains(at)).ToHashSet();
        var told = facts.Events[name].Where(one => one.Due <= end).Select(one => one.Count).ToList();
        var (events, without) = (told.Sum(), due.Count - jobs.Count);
        // Of a long outage the older ones become no rows.
        var unrowed = told.Any(count => count >= OccurrencePlan.RowsMax) ? 0 : without - rows.Count;
        return new OfOne(due.Count, jobs.Count, rows.Count, events, all.Count - all.Distinct().Count(),
            Math.Max(0, Math.Max(without - events, unrowed)),
            jobs.Concat(rows).Count(at => !due.Contains(at)) + Math.Max(0, events - without));
    }
}
