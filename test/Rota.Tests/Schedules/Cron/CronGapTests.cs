using System.Globalization;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Changes of the clock: expressions with seconds, the gap rule, and the notes. Worked out by hand.</summary>
public sealed class CronGapTests
{
    /// <remarks>Changes of 2026: Berlin and Troll (two hours) 29 March and 25 October, New York 8 March and 1 November,
    /// Lord Howe 5 April and 4 October (half an hour), Casablanca 15 February and 22 March. Sao Paulo skipped midnight
    /// on 4 November 2018, Apia the 30 December 2011.</remarks>
    [Theory]
    [InlineData("Europe/Berlin", "30 15 2 * * *", "2026-03-28T02:15:30+01:00",
        "2026-03-29T03:00:00+02:00, 2026-03-30T02:15:30+02:00")]
    [InlineData("Europe/Berlin", "30 15 2 * * *", "2026-10-25T02:15:30+02:00", "2026-10-26T02:15:30+01:00")]
    [InlineData("Europe/Berlin", "0,30 15 2 * * *", "2026-10-25T02:15:30+02:00",
        "2026-10-25T02:15:00+01:00, 2026-10-25T02:15:30+01:00, 2026-10-26T02:15:00+01:00")]
    [InlineData("Europe/Berlin", "*/20 59 1-2 * * *", "2026-03-29T01:59:20+01:00",
        "2026-03-29T01:59:40+01:00, 2026-03-29T03:00:00+02:00, 2026-03-30T01:59:00+02:00")]
    [InlineData("Europe/Berlin", "30 59 * * * *", "2026-03-29T00:59:30+01:00",
        "2026-03-29T01:59:30+01:00, 2026-03-29T03:59:30+02:00")]
    [InlineData("America/New_York", "45 30 2 * * *", "2026-03-07T02:30:45-05:00",
        "2026-03-08T03:00:00-04:00, 2026-03-09T02:30:45-04:00")]
    [InlineData("America/New_York", "45 30 1 * * *", "2026-10-31T01:30:45-04:00",
        "2026-11-01T01:30:45-04:00, 2026-11-02T01:30:45-05:00")]
    [InlineData("America/New_York", "*/30 59 * * * *", "2026-11-01T01:59:00-04:00",
        "2026-11-01T01:59:30-04:00, 2026-11-01T01:59:00-05:00, 2026-11-01T01:59:30-05:00")]
    [InlineData("Australia/Lord_Howe", "30 15 2 * * *", "2026-10-03T02:15:30+10:30",
        "2026-10-04T02:30:00+11:00, 2026-10-05T02:15:30+11:00")]
    [InlineData("Australia/Lord_Howe", "30 45 1 * * *", "2026-04-04T01:45:30+11:00",
        "2026-04-05T01:45:30+11:00, 2026-04-06T01:45:30+10:30")]
    [InlineData("America/Sao_Paulo", "10 0 0 * * *", "2018-11-03T00:00:10-03:00",
        "2018-11-04T01:00:00-02:00, 2018-11-05T00:00:10-02:00")]
    [InlineData("Africa/Casablanca", "30 15 2 * * *", "2026-02-14T02:15:30+01:00",
        "2026-02-15T02:15:30+01:00, 2026-02-16T02:15:30+00:00")]
    [InlineData("Africa/Casablanca", "30 15 2 * * *", "2026-03-21T02:15:30+00:00",
        "2026-03-22T03:00:00+01:00, 2026-03-23T02:15:30+01:00")]
    [InlineData("Pacific/Apia", "30 15 2 * * *", "2011-12-29T02:15:30-10:00",
        "2011-12-31T00:00:00+14:00, 2011-12-31T02:15:30+14:00")]
    [InlineData("Antarctica/Troll", "30 45 1,2 * * *", "2026-03-28T02:45:30+00:00",
        "2026-03-29T03:00:00+02:00, 2026-03-30T01:45:30+02:00")]
    [InlineData("Antarctica/Troll", "30 45 1,2 * * *", "2026-10-25T01:45:30+02:00",
        "2026-10-25T02:45:30+02:00, 2026-10-26T01:45:30+00:00")]
    public void Runs_with_seconds_through_gaps_and_repeats(string zone, string cron, string after, string runs) =>
        AssertRuns(zone, cron, after, runs, GapRule.Run);

    [Theory]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-03-28T02:30:00+01:00",
        "2026-03-30T02:30:00+02:00, 2026-03-31T02:30:00+02:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-24T02:30:00+02:00",
        "2026-10-25T02:30:00+02:00, 2026-10-26T02:30:00+01:00")]
    [InlineData("Europe/Berlin", "30 2,3 * * *", "2026-03-28T03:30:00+01:00",
        "2026-03-29T03:30:00+02:00, 2026-03-30T02:30:00+02:00")]
    [InlineData("Europe/Berlin", "30 2 29 3 *", "2025-03-30T00:00:00+01:00",
        "2027-03-29T02:30:00+02:00, 2028-03-29T02:30:00+02:00")]
    [InlineData("America/New_York", "30 2 * * *", "2026-03-07T02:30:00-05:00",
        "2026-03-09T02:30:00-04:00, 2026-03-10T02:30:00-04:00")]
    [InlineData("America/New_York", "30 1 * * *", "2026-10-31T01:30:00-04:00",
        "2026-11-01T01:30:00-04:00, 2026-11-02T01:30:00-05:00")]
    [InlineData("America/New_York", "*/30 1-3 * * *", "2026-03-08T01:30:00-05:00",
        "2026-03-08T03:00:00-04:00, 2026-03-08T03:30:00-04:00, 2026-03-09T01:00:00-04:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2026-03-21T02:30:00+00:00",
        "2026-03-23T02:30:00+01:00, 2026-03-24T02:30:00+01:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2026-02-14T02:30:00+01:00",
        "2026-02-15T02:30:00+01:00, 2026-02-16T02:30:00+00:00")]
    [InlineData("Australia/Lord_Howe", "30 15 2 * * *", "2026-10-03T02:15:30+10:30", "2026-10-05T02:15:30+11:00")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T01:45:00+11:00",
        "2026-04-05T01:45:00+11:00, 2026-04-06T01:45:00+10:30")]
    [InlineData("America/Sao_Paulo", "30 23 * * *", "2018-02-16T23:30:00-02:00",
        "2018-02-17T23:30:00-02:00, 2018-02-18T23:30:00-03:00")]
    [InlineData("Pacific/Apia", "30 3 * * *", "2011-04-01T03:30:00-10:00",
        "2011-04-02T03:30:00-10:00, 2011-04-03T03:30:00-11:00")]
    [InlineData("Antarctica/Troll", "30 2 * * *", "2026-10-24T02:30:00+02:00",
        "2026-10-25T02:30:00+02:00, 2026-10-26T02:30:00+00:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-11-03T00:00:00-03:00", "2018-11-05T00:00:00-02:00")]
    [InlineData("Pacific/Apia", "0 9 * * *", "2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00")]
    [InlineData("Antarctica/Troll", "30 1,2,3 * * *", "2026-03-28T03:30:00+00:00",
        "2026-03-29T03:30:00+02:00, 2026-03-30T01:30:00+02:00")]
    public void Skipped_times_can_be_left_out(string zone, string cron, string after, string runs) =>
        AssertRuns(zone, cron, after, runs, GapRule.Skip);

    [Fact]
    public void What_falls_into_every_gap_never_runs_when_gaps_are_left_out()
    {
        var cron = CronExpression.Parse("30 2 * 3 sunL");
        var berlin = TimeZones.Find("Europe/Berlin");
        var after = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Assert.Null(cron.Next(after, berlin, GapRule.Skip));
        Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), cron.Next(after, berlin));
    }

    [Theory]
    [InlineData("30 2 * * *", "run", "2026-03-28T12:00:00Z", "2026-03-29T03:00+02:00",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin: runs at 03:00")]
    [InlineData("30 2 * * *", "skip", "2026-03-28T12:00:00Z", "2026-03-30T02:30+02:00",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin: left out")]
    [InlineData("30 2 29 3 *", "skip", "2026-01-01T00:00:00Z", "2027-03-29T02:30+02:00",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin: left out")]
    [InlineData("30 * * * *", "run", "2026-03-29T00:59:00Z", "2026-03-29T03:30+02:00",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin: left out")]
    [InlineData("15 30 2 * * *", "run", "2026-03-28T12:00:00Z", "2026-03-29T03:00+02:00",
        "02:30:15 does not exist on 2026-03-29 in Europe/Berlin: runs at 03:00")]
    [InlineData("30 2 * * *", "run", "2026-10-24T12:00:00Z", "2026-10-25T02:30+02:00",
        "02:30 comes twice on 2026-10-25 in Europe/Berlin: runs the first time")]
    [InlineData("0,30 2 * * *", "run", "2026-10-25T00:00:00Z", "2026-10-25T02:30+02:00",
        "02:30 comes twice on 2026-10-25 in Europe/Berlin: runs both times, this is the first")]
    [InlineData("0,30 2 * * *", "run", "2026-10-25T00:30:00Z", "2026-10-25T02:00+01:00",
        "02:00 comes twice on 2026-10-25 in Europe/Berlin: runs both times, this is the second")]
    [InlineData("0 3 * * *", "run", "2026-03-28T12:00:00Z", "2026-03-29T03:00+02:00", null)]
    [InlineData("0 3 * * *", "run", "2026-10-24T12:00:00Z", "2026-10-25T03:00+01:00", null)]
    [InlineData("30 1 * * *", "run", "2026-10-24T12:00:00Z", "2026-10-25T01:30+02:00", null)]
    public void Upcoming_runs_say_what_the_clock_does(string text, string gap, string after, string local, string? note)
    {
        var trigger = new CronTrigger(CronExpression.Parse(text), "Europe/Berlin") { Gap = CronWords.ParseGap(gap) };

        var runs = trigger.Upcoming(Instant(after), 3);

        Assert.Equal(3, runs.Count);
        Assert.Equal(Instant(local), runs[0].At);
        Assert.Equal(Instant(local).ToString("O"), runs[0].Local.ToString("O"));
        Assert.Equal(note, runs[0].Note);
        Assert.Equal(trigger.Next(runs[0].At), runs[1].At);
    }

    [Fact]
    public void Next_is_the_same_before_and_after_the_years_that_are_looked_up()
    {
        var berlin = TimeZones.Find("Europe/Berlin");
        var cron = CronExpression.Parse("30 2 * * *");
        foreach (var year in new[] { 1990, 2014, 2015, 2064, 2065, 2090 })
        {
            var after = new DateTimeOffset(year, 1, 1, 1, 30, 0, TimeSpan.Zero).AddDays(-3);
            for (var run = 0; run < 370; run++)
            {
                var next = cron.Next(after, berlin)!.Value;
                Assert.InRange(next - after, TimeSpan.FromHours(22), TimeSpan.FromHours(26));
                var local = TimeZoneInfo.ConvertTime(next, berlin);
                Assert.True(local is { Hour: 2, Minute: 30 } or { Hour: 3, Minute: 0 }, $"{local:O}");
                after = next;
            }
        }
    }

    private static void AssertRuns(string zoneId, string text, string after, string runs, GapRule gap)
    {
        var zone = TimeZones.Find(zoneId);
        var cron = CronExpression.Parse(text);
        var instant = Instant(after);
        foreach (var run in runs.Split(", "))
        {
            instant = cron.Next(instant, zone, gap)!.Value;
            Assert.Equal(Instant(run).ToString("O"), TimeZoneInfo.ConvertTime(instant, zone).ToString("O"));
        }
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
