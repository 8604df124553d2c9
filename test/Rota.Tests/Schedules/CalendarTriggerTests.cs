using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Triggers of the calendar, by the vectors of APScheduler's calendar interval and by the rules for gaps.
/// </summary>
public sealed class CalendarTriggerTests
{
    private static CalendarTrigger Of(string every, string from, string time, string zone) =>
        Assert.IsType<CalendarTrigger>(TriggerJson.Read(
            $$"""{"calendar":"{{every}}","from":"{{from}}","time":"{{time}}","zone":"{{zone}}"}"""));

    private static string Runs(Trigger trigger, string after, int count, string zone)
    {
        var runs = new List<string>();
        var place = TimeZones.Find(zone);
        DateTimeOffset? next = DateTimeOffset.Parse(after, System.Globalization.CultureInfo.InvariantCulture);
        while (runs.Count < count && (next = trigger.Next(next.Value)) is { } at)
            runs.Add(TimeZoneInfo.ConvertTime(at, place).ToString("yyyy-MM-dd HH:mmzzz"));
        return string.Join(", ", runs);
    }

    [Fact]
    public void A_month_without_the_day_is_left_out()
    {
        var trigger = Of("1 month", "2025-01-31", "00:00", "UTC");

        Assert.Equal("2025-01-31 00:00+00:00, 2025-03-31 00:00+00:00, 2025-05-31 00:00+00:00, 2025-07-31 00:00+00:00",
            Runs(trigger, "2025-01-01T00:00:00Z", 4, "UTC"));
    }

    [Fact]
    public void Or_its_last_day_stands_for_it()
    {
        var trigger = Of("1 month", "2024-01-31", "00:00", "UTC") with { MonthEnd = MonthEnd.Last };

        Assert.Equal("2024-01-31 00:00+00:00, 2024-02-29 00:00+00:00, 2024-03-31 00:00+00:00, 2024-04-30 00:00+00:00",
            Runs(trigger, "2024-01-01T00:00:00Z", 4, "UTC"));
    }

    [Theory]
    [InlineData("1 year", "2024-02-29", "2024-02-29, 2028-02-29, 2032-02-29")]
    [InlineData("3 years", "2024-02-29", "2024-02-29, 2036-02-29, 2048-02-29")]
    [InlineData("2 weeks", "2024-01-01", "2024-01-01, 2024-01-15, 2024-01-29")]
    [InlineData("10 days", "2024-02-20", "2024-02-20, 2024-03-01, 2024-03-11")]
    [InlineData("18 months", "2024-08-31", "2024-08-31, 2027-08-31, 2030-08-31")]
    public void Steps_are_counted_from_the_first_date(string every, string from, string expected)
    {
        var trigger = Of(every, from, "08:00", "UTC");

        Assert.Equal(string.Join(", ", expected.Split(", ").Select(date => $"{date} 08:00+00:00")),
            Runs(trigger, "2000-01-01T00:00:00Z", 3, "UTC"));
    }

    /// <remarks>The runs of these tables were worked out with Python's zoneinfo. Clocks are changed in 2026 in Berlin
    /// and Troll (two hours) on 29 March and 25 October, on Lord Howe (half an hour) on 5 April and 4 October, in
    /// Casablanca on 15 February and 22 March; in 2024 in New York on 10 March and 3 November. Sao Paulo skipped
    /// midnight on 4 November 2018, Apia the 30 December 2011.</remarks>
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28", "02:30",
        "2026-03-28 02:30+01:00, 2026-03-29 03:00+02:00, 2026-03-30 02:30+02:00")]
    [InlineData("America/New_York", "2024-03-09", "02:30",
        "2024-03-09 02:30-05:00, 2024-03-10 03:00-04:00, 2024-03-11 02:30-04:00")]
    [InlineData("Australia/Lord_Howe", "2026-10-03", "02:15",
        "2026-10-03 02:15+10:30, 2026-10-04 02:30+11:00, 2026-10-05 02:15+11:00")]
    [InlineData("America/Sao_Paulo", "2018-11-03", "00:00",
        "2018-11-03 00:00-03:00, 2018-11-04 01:00-02:00, 2018-11-05 00:00-02:00")]
    [InlineData("Africa/Casablanca", "2026-03-21", "02:30",
        "2026-03-21 02:30+00:00, 2026-03-22 03:00+01:00, 2026-03-23 02:30+01:00")]
    [InlineData("Pacific/Apia", "2011-12-29", "09:00",
        "2011-12-29 09:00-10:00, 2011-12-31 00:00+14:00, 2011-12-31 09:00+14:00")]
    [InlineData("Antarctica/Troll", "2026-03-28", "01:30",
        "2026-03-28 01:30+00:00, 2026-03-29 03:00+02:00, 2026-03-30 01:30+02:00")]
    public void A_time_in_the_gap_runs_right_after_it(string zone, string from, string time, string expected) =>
        Assert.Equal(expected, Runs(Of("1 day", from, time, zone), "2000-01-01T00:00:00Z", 3, zone));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28", "02:30",
        "2026-03-28 02:30+01:00, 2026-03-30 02:30+02:00, 2026-03-31 02:30+02:00")]
    [InlineData("America/New_York", "2024-03-09", "02:30",
        "2024-03-09 02:30-05:00, 2024-03-11 02:30-04:00, 2024-03-12 02:30-04:00")]
    [InlineData("Australia/Lord_Howe", "2026-10-03", "02:15",
        "2026-10-03 02:15+10:30, 2026-10-05 02:15+11:00, 2026-10-06 02:15+11:00")]
    [InlineData("America/Sao_Paulo", "2018-11-03", "00:00",
        "2018-11-03 00:00-03:00, 2018-11-05 00:00-02:00, 2018-11-06 00:00-02:00")]
    [InlineData("Africa/Casablanca", "2026-03-21", "02:30",
        "2026-03-21 02:30+00:00, 2026-03-23 02:30+01:00, 2026-03-24 02:30+01:00")]
    [InlineData("Pacific/Apia", "2011-12-29", "09:00",
        "2011-12-29 09:00-10:00, 2011-12-31 09:00+14:00, 2012-01-01 09:00+14:00")]
    [InlineData("Antarctica/Troll", "2026-03-28", "01:30",
        "2026-03-28 01:30+00:00, 2026-03-30 01:30+02:00, 2026-03-31 01:30+02:00")]
    public void Or_is_left_out(string zone, string from, string time, string expected) => Assert.Equal(expected,
        Runs(Of("1 day", from, time, zone) with { Gap = GapRule.Skip }, "2000-01-01T00:00:00Z", 3, zone));

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-24", "02:30",
        "2026-10-24 02:30+02:00, 2026-10-25 02:30+02:00, 2026-10-26 02:30+01:00")]
    [InlineData("America/New_York", "2024-11-02", "01:30",
        "2024-11-02 01:30-04:00, 2024-11-03 01:30-04:00, 2024-11-04 01:30-05:00")]
    [InlineData("Australia/Lord_Howe", "2026-04-04", "01:45",
        "2026-04-04 01:45+11:00, 2026-04-05 01:45+11:00, 2026-04-06 01:45+10:30")]
    [InlineData("America/Sao_Paulo", "2018-02-16", "23:30",
        "2018-02-16 23:30-02:00, 2018-02-17 23:30-02:00, 2018-02-18 23:30-03:00")]
    [InlineData("Africa/Casablanca", "2026-02-14", "02:30",
        "2026-02-14 02:30+01:00, 2026-02-15 02:30+01:00, 2026-02-16 02:30+00:00")]
    [InlineData("Pacific/Apia", "2011-04-01", "03:30",
        "2011-04-01 03:30-10:00, 2011-04-02 03:30-10:00, 2011-04-03 03:30-11:00")]
    [InlineData("Antarctica/Troll", "2026-10-24", "02:30",
        "2026-10-24 02:30+02:00, 2026-10-25 02:30+02:00, 2026-10-26 02:30+00:00")]
    public void A_time_that_comes_twice_runs_the_first_time(string zone, string from, string time, string expected) =>
        Assert.Equal(expected, Runs(Of("1 day", from, time, zone), "2000-01-01T00:00:00Z", 3, zone));

    [Fact]
    public void Every_run_is_later_than_the_one_before()
    {
        var trigger = Of("1 day", "2010-01-01", "02:30", "Europe/Berlin");
        var last = new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var run = 0; run < 5_000; run++)
        {
            var next = trigger.Next(last)!.Value;

            Assert.Equal(next, trigger.Next(next.AddTicks(-1)));
            Assert.InRange((next - last).TotalHours, run == 0 ? 0 : 22.5, 26);
            last = next;
        }
    }

    [Fact]
    public void It_ends_with_the_calendar() =>
        Assert.Null(Of("1 day", "2010-01-01", "02:30", "UTC").Next(new(9999, 12, 31, 3, 0, 0, TimeSpan.Zero)));
}
