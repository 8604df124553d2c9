using Rota.Schedules;
using Xunit;
using Outcome = Rota.Schedules.OccurrenceOutcome;

namespace Rota.Tests.Schedules;

public sealed class OccurrencePlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Trigger Hourly = new IntervalTrigger(TimeSpan.FromHours(1), Noon);
    private static readonly Trigger EverySecond = new IntervalTrigger(TimeSpan.FromSeconds(1), Noon);

    [Theory]
    [InlineData(Misfire.Skip)]
    [InlineData(Misfire.RunOnce)]
    [InlineData(Misfire.RunAll)]
    public void What_is_due_within_the_grace_enqueues_whatever_the_misfire_rule(Misfire misfire)
    {
        var plan = OccurrencePlan.Make(Hourly, misfire, Noon, Noon + OccurrencePlan.Grace);

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
        var plan = OccurrencePlan.Make(Hourly, misfire, Noon, Noon.AddMinutes(150));

        Assert.Equal([new(Noon, first), new(Noon.AddHours(1), second), new(Noon.AddHours(2), third)], plan.Occurrences);
        Assert.Equal(Noon.AddHours(3), plan.NextDue);
        Assert.Equal(Noon.AddHours(2), plan.LastDue);
    }

    [Fact]
    public void An_occurrence_on_time_enqueues_beside_those_that_were_missed()
    {
        var plan = OccurrencePlan.Make(Hourly, Misfire.Skip, Noon, Noon.AddMinutes(60));

        Assert.Equal([new(Noon, Outcome.Missed), new(Noon.AddHours(1), Outcome.Enqueued)], plan.Occurrences);
    }

    [Fact]
    public void Of_a_day_of_seconds_the_last_thousand_become_rows_and_the_rest_is_counted()
    {
        var now = Noon.AddDays(1);
        var plan = OccurrencePlan.Make(EverySecond, Misfire.RunOnce, Noon, now);
        var missed = plan.Occurrences.Where(one => one.DueAt < now - OccurrencePlan.Grace).ToList();

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
            var plan = OccurrencePlan.Make(EverySecond, misfire, due.Value, now);
            var missed = plan.Occurrences.Where(one => one.DueAt < now - OccurrencePlan.Grace).ToList();
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
            var plan = OccurrencePlan.Make(EverySecond, Misfire.RunAll, due.Value, now);
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
        var plan = OccurrencePlan.Make(new OnceTrigger(Noon), Misfire.RunOnce, Noon, Noon.AddDays(3));

        Assert.Equal([new(Noon, Outcome.Enqueued)], plan.Occurrences);
        Assert.Null(plan.NextDue);
    }
}
