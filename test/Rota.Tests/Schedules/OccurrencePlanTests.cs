using Rota.Schedules;
using Xunit;
using Outcome = Rota.Schedules.OccurrenceOutcome;

namespace Rota.Tests.Schedules;

public sealed class OccurrencePlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Trigger Hourly = new IntervalTrigger(TimeSpan.FromHours(1), Noon);
    private static readonly Trigger EverySecond = new IntervalTrigger(TimeSpan.FromSeconds(1), Noon);

    private static RunPolicy With(Misfire misfire) => new() { Misfire = misfire };

    private static string Outcomes(OccurrencePlan plan) =>
        string.Join(' ', plan.Occurrences.Select(one => one.Outcome));

    [Theory]
    [InlineData(Misfire.Skip)]
    [InlineData(Misfire.RunOnce)]
    [InlineData(Misfire.RunAll)]
    public void What_is_due_within_the_grace_enqueues_whatever_the_misfire_rule(Misfire misfire)
    {
        var plan = OccurrencePlan.Make(Hourly, With(misfire), Noon, Noon + RunPolicy.DefaultGrace);

        Assert.Equal([new(Noon, Outcome.Enqueued)], plan.Occurrences);
        Assert.Equal(Noon.AddHours(1), plan.NextDue);
        Assert.Equal(Noon, plan.LastDue);
    }

    [Theory]
    [InlineData(Misfire.Skip, Outcome.Missed, Outcome.Missed, Outcome.Missed)]
    [InlineData(Misfire.RunOnce, Outcome.Coalesced, Outcome.Coalesced, Outcome.Enqueued)]
    [InlineData(Misfire.RunAll, Outcome.Enqueued, Outcome.Enqueued, Outcome.Enqueued)]
    public void What_was_missed_follows_the_misfire_rule(
        Misfire misfire, Outcome first, Outcome second, Outcome third)
    {
        var plan = OccurrencePlan.Make(Hourly, With(misfire), Noon, Noon.AddMinutes(150));

        Assert.Equal([new(Noon, first), new(Noon.AddHours(1), second), new(Noon.AddHours(2), third)], plan.Occurrences);
        Assert.Equal(Noon.AddHours(3), plan.NextDue);
        Assert.Equal(Noon.AddHours(2), plan.LastDue);
    }

    [Fact]
    public void An_occurrence_on_time_enqueues_beside_those_that_were_missed()
    {
        var plan = OccurrencePlan.Make(Hourly, With(Misfire.Skip), Noon, Noon.AddMinutes(60));

        Assert.Equal([new(Noon, Outcome.Missed), new(Noon.AddHours(1), Outcome.Enqueued)], plan.Occurrences);
    }

    [Fact]
    public void Of_a_day_of_seconds_the_last_thousand_become_rows_and_the_rest_is_counted()
    {
        var now = Noon.AddDays(1);
        var plan = OccurrencePlan.Make(EverySecond, With(Misfire.RunOnce), Noon, now);
        var missed = plan.Occurrences.Where(one => one.DueAt < now - RunPolicy.DefaultGrace).ToList();

        Assert.Equal(OccurrencePlan.RowsMax, missed.Count);
        Assert.Equal(86_400 - 60 - OccurrencePlan.RowsMax, plan.Unrecorded);
        Assert.Equal(new PlannedOccurrence(now.AddSeconds(-61), Outcome.Enqueued), missed[^1]);
        Assert.All(missed[..^1], one => Assert.Equal(Outcome.Coalesced, one.Outcome));
        Assert.Equal(now.AddSeconds(1), plan.NextDue);
    }

    [Theory]
    [InlineData(Misfire.Skip)]
    [InlineData(Misfire.RunOnce)]
    public void A_year_of_seconds_is_passed_in_bounded_steps_that_leave_at_most_a_thousand_rows(Misfire misfire)
    {
        var now = Noon.AddDays(365);
        int rows = 0, unrecorded = 0, jobs = 0;
        for (DateTimeOffset? due = Noon; due <= now;)
        {
            var plan = OccurrencePlan.Make(EverySecond, With(misfire), due.Value, now);
            var missed = plan.Occurrences.Where(one => one.DueAt < now - RunPolicy.DefaultGrace).ToList();
            Assert.True(plan.NextDue > due);
            Assert.InRange(plan.Unrecorded, 0, OccurrencePlan.StepsMax);
            rows += missed.Count;
            jobs += missed.Count(one => one.Outcome == Outcome.Enqueued);
            unrecorded += plan.Unrecorded;
            due = plan.NextDue;
        }

        Assert.Equal(OccurrencePlan.RowsMax, rows);
        Assert.Equal(365 * 86_400 - 60, rows + unrecorded);
        Assert.Equal(misfire == Misfire.RunOnce ? 1 : 0, jobs);
    }

    [Fact]
    public void Run_all_enqueues_a_thousand_at_a_time_oldest_first_and_leaves_none_out()
    {
        var now = Noon.AddHours(1);
        var all = new List<PlannedOccurrence>();
        for (DateTimeOffset? due = Noon; due <= now;)
        {
            var plan = OccurrencePlan.Make(EverySecond, With(Misfire.RunAll), due.Value, now);
            Assert.InRange(plan.Occurrences.Count, 1, OccurrencePlan.RowsMax);
            all.AddRange(plan.Occurrences);
            due = plan.NextDue;
        }

        var seconds = Enumerable.Range(0, 3_601);
        Assert.Equal(seconds.Select(second => new PlannedOccurrence(Noon.AddSeconds(second), Outcome.Enqueued)), all);
    }

    [Fact]
    public void Due_times_are_rounded_up_to_whole_microseconds_and_come_once()
    {
        var odd = Noon.AddTicks(3);
        var once = new OnceTrigger(odd);
        var next = OccurrencePlan.Next(once, Noon)!.Value;

        Assert.Equal(Noon.AddTicks(TimeSpan.TicksPerMicrosecond), next);
        Assert.Null(OccurrencePlan.Next(once, next));
        Assert.Equal(next.AddSeconds(1), OccurrencePlan.Next(new IntervalTrigger(TimeSpan.FromSeconds(1), odd), next));
        Assert.Null(OccurrencePlan.Next(new OnceTrigger(DateTimeOffset.MaxValue), Noon));
    }

    [Fact]
    public void A_trigger_without_a_further_occurrence_ends()
    {
        var plan = OccurrencePlan.Make(new OnceTrigger(Noon), With(Misfire.RunOnce), Noon, Noon.AddDays(3));

        Assert.Equal([new(Noon, Outcome.Enqueued)], plan.Occurrences);
        Assert.Null(plan.NextDue);
    }

    // APScheduler's rule: of three times that are due, with a grace of a second, with any, and coalesced.
    [Theory]
    [InlineData(Misfire.Skip, false, 1, "Missed Missed Missed")]
    [InlineData(Misfire.RunAll, false, 1, "Enqueued Enqueued Enqueued")]
    [InlineData(Misfire.RunOnce, true, 1, "Coalesced Coalesced Enqueued")]
    [InlineData(Misfire.Skip, true, 1, "Missed Missed Missed")]
    [InlineData(Misfire.Skip, true, 5, "Coalesced Coalesced Enqueued")]
    [InlineData(Misfire.Skip, false, 6, "Missed Missed Enqueued")]
    [InlineData(Misfire.RunOnce, false, 6, "Coalesced Enqueued Enqueued")]
    public void Grace_and_coalesce_decide_what_runs(Misfire misfire, bool coalesce, int graceSeconds, string expected)
    {
        var every10 = new IntervalTrigger(TimeSpan.FromSeconds(10), Noon);
        var policy = new RunPolicy
        {
            Misfire = misfire,
            Coalesce = coalesce,
            MisfireGrace = TimeSpan.FromSeconds(graceSeconds),
        };

        Assert.Equal(expected, Outcomes(OccurrencePlan.Make(every10, policy, Noon, Noon.AddSeconds(25))));
    }

    [Theory]
    [InlineData(Misfire.RunAll, "Missed Missed Enqueued Enqueued")]
    [InlineData(Misfire.RunOnce, "Missed Missed Coalesced Enqueued")]
    [InlineData(Misfire.Skip, "Missed Missed Missed Missed")]
    public void What_is_older_than_the_catch_up_window_is_missed(Misfire misfire, string expected)
    {
        var policy = new RunPolicy { Misfire = misfire, CatchUpWindow = TimeSpan.FromHours(2) };

        Assert.Equal(expected, Outcomes(OccurrencePlan.Make(Hourly, policy, Noon, Noon.AddHours(3.5))));
    }

    [Theory]
    [InlineData(Misfire.RunAll)]
    [InlineData(Misfire.RunOnce)]
    public void Where_all_is_older_than_the_window_nothing_runs(Misfire misfire)
    {
        var policy = new RunPolicy { Misfire = misfire, CatchUpWindow = TimeSpan.FromMinutes(10) };
        var plan = OccurrencePlan.Make(Hourly, policy, Noon, Noon.AddHours(2.5));

        Assert.Equal("Missed Missed Missed", Outcomes(plan));
        Assert.Equal(Noon.AddHours(3), plan.NextDue);
    }

    [Fact]
    public void A_year_of_seconds_coalesced_is_one_job()
    {
        var now = Noon.AddDays(365);
        var policy = new RunPolicy { Coalesce = true };
        int rows = 0, unrecorded = 0, jobs = 0;
        for (DateTimeOffset? due = Noon; due <= now;)
        {
            var plan = OccurrencePlan.Make(EverySecond, policy, due.Value, now);
            rows += plan.Occurrences.Count;
            jobs += plan.Occurrences.Count(one => one.Outcome == Outcome.Enqueued);
            unrecorded += plan.Unrecorded;
            due = plan.NextDue;
        }

        Assert.Equal((1, OccurrencePlan.RowsMax, 365 * 86_400 + 1), (jobs, rows, rows + unrecorded));
    }

    [Theory]
    [InlineData("misfire_grace", 0, null, null, WhenFull.Skip, false)]
    [InlineData("catch_up_window", 60, 59, null, WhenFull.Skip, false)]
    [InlineData("max_running", 60, null, 0, WhenFull.Skip, false)]
    [InlineData("max_running", 60, null, 1_001, WhenFull.Skip, false)]
    [InlineData("when_full", 60, null, null, WhenFull.Queue, false)]
    [InlineData("coalesce", 60, null, null, WhenFull.Skip, true)]
    public void A_wrong_policy_is_refused_by_field(
        string field, int grace, int? window, int? max, WhenFull whenFull, bool coalesce)
    {
        var policy = new RunPolicy
        {
            MisfireGrace = TimeSpan.FromSeconds(grace),
            CatchUpWindow = window is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            MaxRunning = max,
            WhenFull = whenFull,
            Coalesce = coalesce,
            Misfire = coalesce ? Misfire.RunAll : Misfire.RunOnce,
        };

        Assert.Equal(field, Assert.Throws<InvalidFieldException>(policy.Check).Field);
    }
}
