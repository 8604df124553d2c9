using System.Globalization;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>The APScheduler dialect; every expected run was measured on APScheduler 3.</summary>
public sealed class CronApSchedulerTests
{
    [Theory]
    [InlineData("0 0 * * 1", "2024-01-01T00:00:01", "2024-01-02T00:00:00, 2024-01-09T00:00:00")]
    [InlineData("0 0 * * 0", "2024-01-01T00:00:01", "2024-01-08T00:00:00, 2024-01-15T00:00:00")]
    [InlineData("5/15 * * * *", "2024-01-01T00:00:01",
        "2024-01-01T00:05:00, 2024-01-01T00:20:00, 2024-01-01T00:35:00, 2024-01-01T00:50:00")]
    [InlineData("0 0 1,15 * mon", "2024-01-01T00:00:01",
        "2024-01-15T00:00:00, 2024-04-01T00:00:00, 2024-04-15T00:00:00")]
    [InlineData("*/59 * * * *", "2024-01-01T00:00:01", "2024-01-01T00:59:00, 2024-01-01T01:00:00, 2024-01-01T01:59:00")]
    [InlineData("day='3rd fri' month=6-8,11-12 hour=0-3", "2024-06-20T00:00:00",
        "2024-06-21T00:00:00, 2024-06-21T01:00:00, 2024-06-21T02:00:00, 2024-06-21T03:00:00, 2024-07-19T00:00:00")]
    [InlineData("day=last sun", "2024-01-01T00:00:01", "2024-01-28T00:00:00, 2024-02-25T00:00:00, 2024-03-31T00:00:00")]
    [InlineData("day=last", "2024-01-30T00:00:00", "2024-01-31T00:00:00, 2024-02-29T00:00:00, 2024-03-31T00:00:00")]
    [InlineData("day = '5th mon'", "2024-01-01T00:00:01",
        "2024-01-29T00:00:00, 2024-04-29T00:00:00, 2024-07-29T00:00:00")]
    [InlineData("day=1, minute=20", "2024-01-01T00:00:01",
        "2024-01-01T00:20:00, 2024-01-01T01:20:00, 2024-01-01T02:20:00")]
    [InlineData("week=1", "2024-01-03T12:00:00",
        "2024-01-04T00:00:00, 2024-01-05T00:00:00, 2024-01-06T00:00:00, 2024-01-07T00:00:00, 2024-12-30T00:00:00")]
    [InlineData("week=53 day_of_week=mon", "2024-01-01T00:00:00", "2026-12-28T00:00:00, 2032-12-27T00:00:00")]
    [InlineData("day=31", "2024-02-01T00:00:00", "2024-03-31T00:00:00, 2024-05-31T00:00:00, 2024-07-31T00:00:00")]
    [InlineData("month=2 day=29", "2024-03-01T00:00:00", "2028-02-29T00:00:00, 2032-02-29T00:00:00")]
    [InlineData("second=*/20", "2024-01-01T00:00:01.5",
        "2024-01-01T00:00:20, 2024-01-01T00:00:40, 2024-01-01T00:01:00")]
    [InlineData("day_of_week=mon-fri hour=9 minute=*/10", "2024-01-05T09:45:00",
        "2024-01-05T09:50:00, 2024-01-08T09:00:00")]
    [InlineData("year=*", "2026-01-17T17:08:02",
        "2027-01-01T00:00:00, 2028-01-01T00:00:00, 2029-01-01T00:00:00")]
    [InlineData("second=* day_of_week=* week=4", "2026-06-03T04:58:50",
        "2027-01-25T00:00:00, 2027-01-25T00:00:01, 2027-01-25T00:00:02")]
    [InlineData("day_of_week=3", "2025-01-24T21:19:30",
        "2025-01-30T00:00:00, 2025-02-06T00:00:00, 2025-02-13T00:00:00")]
    [InlineData("year='2036,2027' week='*' hour=*", "2024-06-12T08:19:17",
        "2027-01-01T00:00:00, 2027-01-01T01:00:00, 2027-01-01T02:00:00")]
    [InlineData("*/5,13,9 11-15,3,15 last * 3-6/1", "2028-06-29T05:43:35",
        "2028-06-30T03:00:00, 2028-06-30T03:05:00, 2028-06-30T03:09:00")]
    [InlineData("hour=12/8 minute=40,5 second=10-46/9 year=*", "2028-01-13T18:36:58",
        "2028-01-13T20:05:10, 2028-01-13T20:05:19, 2028-01-13T20:05:28")]
    [InlineData("day=1-26 day_of_week=tue,tue", "2027-11-24T10:57:32",
        "2027-12-07T00:00:00, 2027-12-14T00:00:00, 2027-12-21T00:00:00")]
    [InlineData("minute=* second=1,*/50,9-51/10 day_of_week=0", "2028-10-06T18:42:29",
        "2028-10-09T00:00:00, 2028-10-09T00:00:01, 2028-10-09T00:00:09")]
    [InlineData("6 10/12 1-7 4,4-8/4 wed", "2025-04-24T20:22:29",
        "2025-08-06T10:06:00, 2025-08-06T22:06:00, 2026-04-01T10:06:00")]
    [InlineData("second=6,31", "2026-08-14T05:58:02",
        "2026-08-14T05:58:06, 2026-08-14T05:58:31, 2026-08-14T05:59:06")]
    [InlineData("hour='*/5'", "2026-03-05T02:27:39",
        "2026-03-05T05:00:00, 2026-03-05T10:00:00, 2026-03-05T15:00:00")]
    [InlineData("month='9,*/3'", "2024-01-12T06:07:44",
        "2024-04-01T00:00:00, 2024-07-01T00:00:00, 2024-09-01T00:00:00")]
    [InlineData("*/57,13,0 8/4,0-16 * * 0,0-4/4", "2026-10-10T06:22:10",
        "2026-10-12T00:00:00, 2026-10-12T00:13:00, 2026-10-12T00:57:00")]
    [InlineData("day=2 second=*/53", "2025-12-15T09:37:22",
        "2026-01-02T00:00:00, 2026-01-02T00:00:53, 2026-01-02T00:01:00")]
    [InlineData("* */21 last 2-8 *", "2028-01-12T05:26:42",
        "2028-02-29T00:00:00, 2028-02-29T00:01:00, 2028-02-29T00:02:00")]
    [InlineData("* 7 1-7 * tue-wed", "2026-08-03T18:59:13",
        "2026-08-04T07:00:00, 2026-08-04T07:01:00, 2026-08-04T07:02:00")]
    [InlineData("year=2027/11,2033", "2027-12-19T20:46:03",
        "2033-01-01T00:00:00, 2038-01-01T00:00:00, 2049-01-01T00:00:00")]
    public void Runs_when_APScheduler_does(string text, string after, string runs)
    {
        var cron = CronExpression.Parse(text, CronDialect.ApScheduler);
        var instant = DateTimeOffset.Parse(after + "Z", CultureInfo.InvariantCulture);
        foreach (var run in runs.Split(", "))
        {
            instant = cron.Next(instant, TimeZoneInfo.Utc)!.Value;
            Assert.Equal(run, instant.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        }
    }

    /// <remarks>APScheduler runs 03:30 of Helsinki at 04:30 in spring and twice in autumn, and does so with 02:00 and
    /// 01:00 of New York; here all dialects follow one rule. Every half hour is the same in both.</remarks>
    [Theory]
    [InlineData("Europe/Helsinki", "30 3 * * *", "2024-03-29T12:00:00Z",
        "2024-03-30 03:30+02:00, 2024-03-31 04:00+03:00, 2024-04-01 03:30+03:00")]
    [InlineData("Europe/Helsinki", "hour=3 minute=30", "2024-10-25T12:00:00Z",
        "2024-10-26 03:30+03:00, 2024-10-27 03:30+03:00, 2024-10-28 03:30+02:00")]
    [InlineData("America/New_York", "hour=2", "2024-03-09T12:00:00Z",
        "2024-03-10 03:00-04:00, 2024-03-11 02:00-04:00")]
    [InlineData("America/New_York", "hour=1", "2024-11-02T12:00:00Z",
        "2024-11-03 01:00-04:00, 2024-11-04 01:00-05:00")]
    [InlineData("America/New_York", "minute=*/30", "2024-03-10T06:00:01Z",
        "2024-03-10 01:30-05:00, 2024-03-10 03:00-04:00, 2024-03-10 03:30-04:00")]
    [InlineData("America/New_York", "*/30 * * * *", "2024-11-03T04:30:01Z",
        "2024-11-03 01:00-04:00, 2024-11-03 01:30-04:00, 2024-11-03 01:00-05:00, 2024-11-03 01:30-05:00, "
            + "2024-11-03 02:00-05:00")]
    public void Runs_by_the_rule_of_all_dialects_when_the_clocks_change(
        string zoneId, string text, string after, string runs)
    {
        var zone = TimeZones.Find(zoneId);
        var cron = CronExpression.Parse(text, CronDialect.ApScheduler);
        var instant = DateTimeOffset.Parse(after, CultureInfo.InvariantCulture);
        foreach (var run in runs.Split(", "))
        {
            instant = cron.Next(instant, zone)!.Value;
            Assert.Equal(run, TimeZoneInfo.ConvertTime(instant, zone)
                .ToString("yyyy-MM-dd HH:mmzzz", CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void A_run_at_its_end_still_comes()
    {
        var trigger = new CronTrigger(CronExpression.Parse("hour=*", CronDialect.ApScheduler), "UTC")
        {
            Limits = new TriggerLimits { End = new DateTimeOffset(2024, 1, 1, 2, 0, 0, TimeSpan.Zero) },
        };

        Assert.Equal(trigger.Limits.End, trigger.Next(trigger.Limits.End!.Value.AddHours(-1)));
        Assert.Null(trigger.Next(trigger.Limits.End.Value));
    }

    [Fact]
    public void What_never_comes_is_null() => Assert.Null(
        CronExpression.Parse("0 0 31 2 *", CronDialect.ApScheduler).Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc));

    [Theory]
    [InlineData("0 0 * * 7", 9, "The day of week 7 is not from 0 to 6")]
    [InlineData("0 0 * * sun-mon", 9, "The range of the day of week goes backwards")]
    [InlineData("0 0 * * mon-fri/2", 16, "A step cannot follow a name in the day of week")]
    [InlineData("60 * * * *", 1, "The minute 60 is not from 0 to 59")]
    [InlineData("*/60 * * * *", 3, "The step 60 of the minute is not from 1 to 59")]
    [InlineData("*/70 * * * *", 3, "The step 70 of the minute is not from 1 to 59")]
    [InlineData("10-20/11 * * * *", 7, "The step 11 of the minute is not from 1 to 10")]
    [InlineData("@daily", 1, "The minute cannot be or contain '@'")]
    [InlineData("0 0 L * *", 5, "The day of month cannot be or contain 'L'")]
    [InlineData("0 0 ? * *", 5, "The day of month cannot be or contain '?'")]
    [InlineData("H * * * *", 1, "The minute cannot be or contain 'H'")]
    [InlineData("0 0 * *", 8, "The day of week is missing after 4 of 5 fields")]
    [InlineData("0 0 1 1 * *", 11, "The expression has more than five fields")]
    [InlineData("0 0 2nd * *", 8, "A day of week is missing after '2nd'")]
    [InlineData("day=2nd freitag", 9, "'freitag' is no day of week")]
    [InlineData("hour=9 minuet=5", 8, "There is no field 'minuet'")]
    [InlineData("hour=9 hour=10", 13, "'hour' stands there twice")]
    [InlineData("hour=24", 6, "The hour 24 is not from 0 to 23")]
    [InlineData("hour='9", 8, "The hour has no closing '")]
    [InlineData("hour= minute=5", 7, "The hour is missing")]
    [InlineData("hour=9 10", 8, "'1' cannot stand here in the hour")]
    public void Says_what_is_wrong_and_where(string text, int position, string what)
    {
        var error = Assert.Throws<InvalidFieldException>(() => CronExpression.Parse(text, CronDialect.ApScheduler));

        Assert.Equal($"{what}, at position {position}.", error.Message);
        Assert.EndsWith($"\n{text}\n{new string(' ', position - 1)}^", error.Hint);
    }
}
