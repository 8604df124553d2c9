using System.Globalization;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Expected runs, written as the clock of the zone shows them, with the offset.</summary>
public sealed class CronNextTests
{
    /// <remarks>Values are those measured on APScheduler 3.11.2 where the rule of Unix agrees; the rest were worked out
    /// from a calendar.</remarks>
    [Theory]
    [InlineData("0 0 * * 1", "2024-01-01T00:00:01", "2024-01-08T00:00, 2024-01-15T00:00")]
    [InlineData("0 0 * * 0", "2024-01-01T00:00:01", "2024-01-07T00:00, 2024-01-14T00:00")]
    [InlineData("0 0 * * 7", "2024-01-01T00:00:01", "2024-01-07T00:00, 2024-01-14T00:00")]
    [InlineData("0 0 * * sun-mon", "2024-01-01T00:00:01", "2024-01-07T00:00, 2024-01-08T00:00, 2024-01-14T00:00")]
    [InlineData("5/15 * * * *", "2024-01-01T00:00:01",
        "2024-01-01T00:05, 2024-01-01T00:20, 2024-01-01T00:35, 2024-01-01T00:50, 2024-01-01T01:05")]
    [InlineData("*/59 * * * *", "2024-01-01T00:00:01", "2024-01-01T00:59, 2024-01-01T01:00, 2024-01-01T01:59")]
    [InlineData("0 0 1,15 * mon", "2024-01-01T00:00:01",
        "2024-01-08T00:00, 2024-01-15T00:00, 2024-01-22T00:00, 2024-01-29T00:00, 2024-02-01T00:00")]
    [InlineData("0 0 */2 * mon", "2024-01-01T00:00:01", "2024-01-15T00:00, 2024-01-29T00:00, 2024-02-05T00:00")]
    [InlineData("0 0 1 * */2", "2024-01-01T00:00:01", "2024-02-01T00:00, 2024-06-01T00:00, 2024-08-01T00:00")]
    [InlineData("0 0 31 * *", "2024-02-01T00:00:00", "2024-03-31T00:00, 2024-05-31T00:00, 2024-07-31T00:00")]
    [InlineData("0 0 29 2 *", "2024-03-01T00:00:00", "2028-02-29T00:00, 2032-02-29T00:00")]
    [InlineData("0 0 29 2 *", "2096-02-29T00:00:00", "2104-02-29T00:00")]
    [InlineData("0 0 29 2 */7", "2088-02-29T00:00:00", "2128-02-29T00:00, 2156-02-29T00:00")]
    [InlineData("0 9 * * 1-5", "2024-01-05T09:00:00", "2024-01-08T09:00, 2024-01-09T09:00")]
    [InlineData("30 22-2/2 * * *", "2024-01-01T00:31:00", "2024-01-01T02:30, 2024-01-01T22:30, 2024-01-02T00:30")]
    [InlineData("0 0 * * fri-mon", "2024-01-02T00:00:00",
        "2024-01-05T00:00, 2024-01-06T00:00, 2024-01-07T00:00, 2024-01-08T00:00, 2024-01-12T00:00")]
    [InlineData("0 0 30-2 * *", "2024-01-02T00:00:00",
        "2024-01-30T00:00, 2024-01-31T00:00, 2024-02-01T00:00, 2024-02-02T00:00, 2024-03-01T00:00")]
    [InlineData("0 0 1 nov-feb *", "2024-02-01T00:00:00",
        "2024-11-01T00:00, 2024-12-01T00:00, 2025-01-01T00:00, 2025-02-01T00:00")]
    [InlineData("59 23 31 12 *", "2024-12-31T23:58:59.9999999", "2024-12-31T23:59, 2025-12-31T23:59")]
    [InlineData("0 0 * * 5-7", "2024-01-01T00:00:00",
        "2024-01-05T00:00, 2024-01-06T00:00, 2024-01-07T00:00, 2024-01-12T00:00")]
    [InlineData("0 0 * * 1/2", "2024-01-01T00:00:00", "2024-01-03T00:00, 2024-01-05T00:00, 2024-01-08T00:00")]
    public void Runs_in_universal_time(string cron, string after, string runs) =>
        AssertRuns(cron, "UTC", after + "Z", runs.Split(", ").Select(run => run + "Z"));

    /// <remarks>Changes of 2024: Berlin 31 March and 27 October, New York 10 March and 3 November, Lord Howe 7 April
    /// and 6 October (half an hour); Sao Paulo skipped midnight on 4 November 2018; Apia skipped 30 December 2011.
    /// </remarks>
    [Theory]
    [InlineData("Europe/Berlin", "30 2 * * *", "2024-03-30T02:30+01:00",
        "2024-03-31T03:00+02:00, 2024-04-01T02:30+02:00")]
    [InlineData("Europe/Berlin", "0 3 * * *", "2024-03-30T03:00+01:00",
        "2024-03-31T03:00+02:00, 2024-04-01T03:00+02:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2024-10-26T02:30+02:00",
        "2024-10-27T02:30+02:00, 2024-10-28T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2024-10-27T02:15+01:00", "2024-10-28T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 27 10 *", "2023-12-01T00:00+01:00",
        "2024-10-27T02:30+02:00, 2025-10-27T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 31 3 *", "2023-12-01T00:00+01:00",
        "2024-03-31T03:00+02:00, 2025-03-31T02:30+02:00")]
    [InlineData("Europe/Berlin", "*/20 2 * * *", "2024-03-30T02:40+01:00",
        "2024-03-31T03:00+02:00, 2024-04-01T02:00+02:00")]
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2024-10-27T02:00+02:00",
        "2024-10-27T02:30+02:00, 2024-10-27T02:00+01:00, 2024-10-27T02:30+01:00, 2024-10-28T02:00+01:00")]
    [InlineData("Europe/Berlin", "15,45 * * * *", "2024-03-31T01:20+01:00",
        "2024-03-31T01:45+01:00, 2024-03-31T03:15+02:00, 2024-03-31T03:45+02:00")]
    [InlineData("Europe/Berlin", "30 * * * *", "2024-10-27T01:30+02:00",
        "2024-10-27T02:30+02:00, 2024-10-27T02:30+01:00, 2024-10-27T03:30+01:00")]
    [InlineData("Europe/Berlin", "0 */2 * * *", "2024-10-27T00:00+02:00",
        "2024-10-27T02:00+02:00, 2024-10-27T04:00+01:00")]
    [InlineData("Europe/Berlin", "0 9 * * 1-5", "2024-03-29T09:00+01:00", "2024-04-01T09:00+02:00")]
    [InlineData("Europe/Helsinki", "30 3 * * *", "2024-03-30T03:30+02:00",
        "2024-03-31T04:00+03:00, 2024-04-01T03:30+03:00")]
    [InlineData("Europe/Helsinki", "30 3 * * *", "2024-10-26T03:30+03:00",
        "2024-10-27T03:30+03:00, 2024-10-28T03:30+02:00")]
    [InlineData("America/New_York", "*/30 * * * *", "2024-03-10T01:00:01-05:00",
        "2024-03-10T01:30-05:00, 2024-03-10T03:00-04:00, 2024-03-10T03:30-04:00")]
    [InlineData("America/New_York", "*/30 * * * *", "2024-11-03T00:30:01-04:00",
        "2024-11-03T01:00-04:00, 2024-11-03T01:30-04:00, 2024-11-03T01:00-05:00, 2024-11-03T01:30-05:00")]
    [InlineData("America/New_York", "0 2 * * *", "2024-03-09T02:00-05:00",
        "2024-03-10T03:00-04:00, 2024-03-11T02:00-04:00")]
    [InlineData("America/New_York", "0 1 * * *", "2024-11-02T01:00-04:00",
        "2024-11-03T01:00-04:00, 2024-11-04T01:00-05:00")]
    [InlineData("America/New_York", "0 2 * * *", "2024-11-02T02:00-04:00",
        "2024-11-03T02:00-05:00, 2024-11-04T02:00-05:00")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2024-10-05T02:15+10:30",
        "2024-10-06T02:30+11:00, 2024-10-07T02:15+11:00")]
    [InlineData("Australia/Lord_Howe", "*/30 * * * *", "2024-04-07T01:00+11:00",
        "2024-04-07T01:30+11:00, 2024-04-07T01:30+10:30, 2024-04-07T02:00+10:30")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2024-04-06T01:45+11:00",
        "2024-04-07T01:45+11:00, 2024-04-08T01:45+10:30")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-11-03T00:00-03:00",
        "2018-11-04T01:00-02:00, 2018-11-05T00:00-02:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-02-17T00:00-02:00",
        "2018-02-18T00:00-03:00, 2018-02-19T00:00-03:00")]
    [InlineData("America/Sao_Paulo", "30 23 * * *", "2018-02-16T23:30-02:00",
        "2018-02-17T23:30-02:00, 2018-02-18T23:30-03:00")]
    [InlineData("Pacific/Apia", "0 9 * * *", "2011-12-28T09:00-10:00",
        "2011-12-29T09:00-10:00, 2011-12-31T00:00+14:00, 2011-12-31T09:00+14:00")]
    [InlineData("Pacific/Apia", "0 */6 * * fri", "2011-12-29T09:00-10:00",
        "2011-12-31T00:00+14:00, 2012-01-06T00:00+14:00")]
    [InlineData("Pacific/Apia", "0 * * * *", "2011-12-29T22:30-10:00",
        "2011-12-29T23:00-10:00, 2011-12-31T00:00+14:00")]
    [InlineData("Asia/Kolkata", "0 9 * * *", "2024-01-01T09:00+05:30", "2024-01-02T09:00+05:30")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2024-03-09T02:30+01:00",
        "2024-03-10T02:30+01:00, 2024-03-11T02:30+00:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2024-04-13T02:30+00:00",
        "2024-04-14T03:00+01:00, 2024-04-15T02:30+01:00")]
    public void Runs_through_gaps_and_repeated_hours(string zone, string cron, string after, string runs) =>
        AssertRuns(cron, zone, after, runs.Split(", "));

    [Theory]
    [InlineData("0 0 31 2 *")]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 31 4,6,9,11 *")]
    public void An_expression_without_a_day_never_runs(string cron)
    {
        var after = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Assert.Null(CronExpression.Parse(cron).Next(after, TimeZoneInfo.Utc));
        Assert.Null(CronExpression.Parse(cron).Next(after, TimeZones.Find("Europe/Berlin")));
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    public void Time_ends_without_an_error(string zone)
    {
        var cron = CronExpression.Parse("* * * * *");

        Assert.Null(cron.Next(DateTimeOffset.MaxValue, TimeZones.Find(zone)));
        Assert.NotNull(cron.Next(DateTimeOffset.MinValue, TimeZones.Find(zone)));
    }

    [Fact]
    public void The_offset_of_the_given_instant_does_not_matter()
    {
        var cron = CronExpression.Parse("0 9 * * *");
        var after = new DateTimeOffset(2024, 1, 1, 23, 30, 0, TimeSpan.FromHours(14));

        Assert.Equal(cron.Next(after.ToUniversalTime(), TimeZoneInfo.Utc), cron.Next(after, TimeZoneInfo.Utc));
        Assert.Equal(TimeSpan.Zero, cron.Next(after, TimeZoneInfo.Utc)!.Value.Offset);
    }

    [Fact]
    public void Next_allocates_nothing()
    {
        var cron = CronExpression.Parse("30 2 * * *");
        var zone = TimeZones.Find("Europe/Berlin");
        var after = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        after = cron.Next(after, zone)!.Value;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var run = 0; run < 1_000; run++)
            after = cron.Next(after, zone)!.Value;

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertRuns(string cron, string zoneId, string after, IEnumerable<string> runs)
    {
        var zone = TimeZones.Find(zoneId);
        var expression = CronExpression.Parse(cron);
        var instant = Instant(after);
        foreach (var run in runs)
        {
            instant = expression.Next(instant, zone) ?? throw new InvalidOperationException("There is no run.");
            Assert.Equal(Instant(run).ToString("O"), TimeZoneInfo.ConvertTime(instant, zone).ToString("O"));
        }
    }

    private static DateTimeOffset Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
