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

    [Fact]
    public void A_time_in_the_gap_runs_right_after_it()
    {
        var trigger = Of("1 day", "2025-03-08", "02:30", "America/New_York");

        Assert.Equal("2025-03-08 02:30-05:00, 2025-03-09 03:00-04:00, 2025-03-10 02:30-04:00",
            Runs(trigger, "2025-03-08T00:00:00Z", 3, "America/New_York"));
    }

    [Fact]
    public void Or_is_left_out()
    {
        var trigger = Of("1 day", "2025-03-08", "02:30", "America/New_York") with { Gap = GapRule.Skip };

        Assert.Equal("2025-03-08 02:30-05:00, 2025-03-10 02:30-04:00, 2025-03-11 02:30-04:00",
            Runs(trigger, "2025-03-08T00:00:00Z", 3, "America/New_York"));
    }

    [Fact]
    public void A_time_that_comes_twice_runs_the_first_time()
    {
        var trigger = Of("1 day", "2025-11-01", "01:30", "America/New_York");

        Assert.Equal("2025-11-01 01:30-04:00, 2025-11-02 01:30-04:00, 2025-11-03 01:30-05:00",
            Runs(trigger, "2025-11-01T00:00:00Z", 3, "America/New_York"));
    }

    [Theory]
    [InlineData("America/Sao_Paulo", "2018-11-03", "00:00",
        "2018-11-03 00:00-03:00, 2018-11-04 01:00-02:00, 2018-11-05 00:00-02:00")]
    [InlineData("Australia/Lord_Howe", "2025-10-04", "02:15",
        "2025-10-04 02:15+10:30, 2025-10-05 02:30+11:00, 2025-10-06 02:15+11:00")]
    [InlineData("Pacific/Apia", "2011-12-29", "09:00",
        "2011-12-29 09:00-10:00, 2011-12-31 00:00+14:00, 2011-12-31 09:00+14:00")]
    public void Every_kind_of_gap_is_passed(string zone, string from, string time, string expected) =>
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
