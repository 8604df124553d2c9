using System.Globalization;
using System.Text.Json;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class TriggerTests
{
    private static readonly DateTimeOffset Noon = new(2024, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_single_run_comes_once()
    {
        var once = new OnceTrigger(Noon);

        Assert.Equal(Noon, once.Next(Noon.AddTicks(-1)));
        Assert.Null(once.Next(Noon));
    }

    [Fact]
    public void An_interval_is_aligned_to_its_anchor_and_not_to_the_question()
    {
        var interval = new IntervalTrigger(TimeSpan.FromSeconds(10), Noon.AddSeconds(3));

        Assert.Equal(Noon.AddSeconds(3), interval.Next(Noon.AddDays(-1)));
        Assert.Equal(Noon.AddSeconds(13), interval.Next(Noon.AddSeconds(3)));
        Assert.Equal(Noon.AddSeconds(33), interval.Next(Noon.AddSeconds(25)));
        Assert.Equal(Noon.AddSeconds(43), interval.Next(Noon.AddSeconds(33)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(86_399)]
    [InlineData(31_622_400)]
    public void An_interval_does_not_drift_in_ten_years(int seconds)
    {
        var every = TimeSpan.FromSeconds(seconds);
        var interval = new IntervalTrigger(every, Noon);
        for (var after = Noon; after < Noon.AddYears(10); after += TimeSpan.FromDays(1.37))
        {
            var next = interval.Next(after)!.Value;

            Assert.Equal(0, (next - Noon).Ticks % every.Ticks);
            Assert.InRange(next, after.AddTicks(1), after + every);
        }
    }

    /// <remarks>Worked out with Python's zoneinfo: the anchor, and what the clock shows after equal stretches of real
    /// time. New York's are those of APScheduler.</remarks>
    [Theory]
    [InlineData("America/New_York", "1d",
        "2024-03-09 12:00-05:00, 2024-03-10 13:00-04:00, 2024-03-11 13:00-04:00")]
    [InlineData("America/New_York", "1h",
        "2024-03-10 00:30-05:00, 2024-03-10 01:30-05:00, 2024-03-10 03:30-04:00, 2024-03-10 04:30-04:00")]
    [InlineData("Europe/Berlin", "1h",
        "2026-10-25 00:30+02:00, 2026-10-25 01:30+02:00, 2026-10-25 02:30+02:00, 2026-10-25 02:30+01:00, "
            + "2026-10-25 03:30+01:00")]
    [InlineData("Europe/Berlin", "1d",
        "2026-03-28 12:00+01:00, 2026-03-29 13:00+02:00, 2026-03-30 13:00+02:00")]
    [InlineData("America/New_York", "1h",
        "2026-11-01 00:30-04:00, 2026-11-01 01:30-04:00, 2026-11-01 01:30-05:00, 2026-11-01 02:30-05:00")]
    [InlineData("Australia/Lord_Howe", "30m",
        "2026-04-05 01:00+11:00, 2026-04-05 01:30+11:00, 2026-04-05 01:30+10:30, 2026-04-05 02:00+10:30")]
    [InlineData("America/Sao_Paulo", "1h",
        "2018-11-03 22:00-03:00, 2018-11-03 23:00-03:00, 2018-11-04 01:00-02:00, 2018-11-04 02:00-02:00")]
    [InlineData("Africa/Casablanca", "1h",
        "2026-02-15 01:00+01:00, 2026-02-15 02:00+01:00, 2026-02-15 02:00+00:00, 2026-02-15 03:00+00:00")]
    [InlineData("Pacific/Apia", "12h",
        "2011-12-29 12:00-10:00, 2011-12-31 00:00+14:00, 2011-12-31 12:00+14:00, 2012-01-01 00:00+14:00")]
    [InlineData("Antarctica/Troll", "1h",
        "2026-03-28 23:00+00:00, 2026-03-29 00:00+00:00, 2026-03-29 03:00+02:00, 2026-03-29 04:00+02:00")]
    [InlineData("Antarctica/Troll", "1h",
        "2026-10-25 00:30+02:00, 2026-10-25 01:30+02:00, 2026-10-25 02:30+02:00, 2026-10-25 01:30+00:00, "
            + "2026-10-25 02:30+00:00")]
    public void An_interval_follows_real_time_when_the_clocks_change(string zoneId, string every, string runs)
    {
        var zone = TimeZones.Find(zoneId);
        var expected = runs.Split(", ");
        var anchor = DateTimeOffset.Parse(expected[0], CultureInfo.InvariantCulture);
        var interval = new IntervalTrigger(Durations.Parse(every, "every"), anchor);
        var actual = new List<string>();
        for (var next = interval.Next(anchor.AddTicks(-1)); actual.Count < expected.Length;
            next = interval.Next(next.Value))
        {
            actual.Add(TimeZoneInfo.ConvertTime(next!.Value, zone)
                .ToString("yyyy-MM-dd HH:mmzzz", CultureInfo.InvariantCulture));
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void An_interval_ends_with_the_year_9999() =>
        Assert.Null(new IntervalTrigger(TimeSpan.FromDays(1), Noon).Next(DateTimeOffset.MaxValue));

    [Theory]
    [InlineData(0)]
    [InlineData(0.099)]
    [InlineData(366 * 86_400 + 1)]
    [InlineData(-5)]
    public void An_interval_is_from_100_milliseconds_to_366_days(double seconds)
    {
        var every = TimeSpan.FromSeconds(seconds);

        Assert.Equal("every", Assert.Throws<InvalidFieldException>(() => new IntervalTrigger(every, Noon)).Field);
        var valid = new IntervalTrigger(TimeSpan.FromSeconds(1), Noon);
        Assert.Throws<InvalidFieldException>(() => valid with { Every = every });
    }

    [Theory]
    [InlineData("""{"once":"2026-01-01T00:00:00Z"}""", "Once, at 2026-01-01 00:00:00 UTC")]
    [InlineData("""{"once":"2026-01-01T00:00:00.5Z"}""", "Once, at 2026-01-01 00:00:00 UTC")]
    [InlineData("""{"every":"5m","anchor":"2026-01-01T00:00:00Z"}""", "Every 5m from 2026-01-01 00:00:00 UTC on")]
    [InlineData("""{"every":"2w","anchor":"2026-01-01T00:00:00Z"}""", "Every 2w from 2026-01-01 00:00:00 UTC on")]
    [InlineData("""{"calendar":"2 months","from":"2026-01-31","time":"09:00:00","zone":"Europe/Berlin"}""",
        "Every 2 months at 09:00:00 from 2026-01-31 on (Europe/Berlin)")]
    [InlineData("""{"calendar":"1 years","from":"2026-01-31","time":"09:00:30","zone":"UTC","month_end":"last"}""",
        "Every year at 09:00:30 from 2026-01-31 on (UTC)")]
    [InlineData("""{"any":[{"cron":"@daily","zone":"UTC"},{"once":"2026-01-01T00:00:00Z"}]}""",
        "At 00:00, every day (UTC); or Once, at 2026-01-01 00:00:00 UTC")]
    [InlineData("""{"all":[{"cron":"@daily","zone":"UTC"},{"cron":"* * * * 5","zone":"UTC","gap":"skip"}]}""",
        "At 00:00, every day (UTC); and Every minute, Friday (UTC)")]
    [InlineData("""{"cron":"@daily","zone":"UTC","end":"2026-01-01T00:00:00Z"}""",
        "At 00:00, every day (UTC), until 2026-01-01 00:00:00 UTC")]
    [InlineData("""{"cron":"@daily","zone":"UTC","start":"2026-01-01T00:00:00Z","max":3,"jitter":"5m"}""",
        "At 00:00, every day (UTC), from 2026-01-01 00:00:00 UTC on, 3 times, up to 5m later")]
    [InlineData("""{"cron":"@daily","zone":"UTC","except":["2026-12-25","2026-12-24/2027-01-01","cron: * * * * 6"]}""",
        "At 00:00, every day (UTC), except 2026-12-25, 2026-12-24/2027-01-01, cron: * * * * 6")]
    [InlineData("""{"every":"1h","anchor":"2026-01-01T00:00:00Z","except":["2026-12-25"],"zone":"Europe/Berlin"}""",
        "Every 1h from 2026-01-01 00:00:00 UTC on, except 2026-12-25")]
    [InlineData("""{"cron":"0 9 * * 1-5","zone":"Europe/Berlin"}""", "At 09:00, Monday to Friday (Europe/Berlin)")]
    [InlineData("""{"cron":"@daily","zone":"Etc/GMT+5"}""", "At 00:00, every day (Etc/GMT+5)")]
    [InlineData("""{"cron":"0 0 9 ? * MON-FRI","zone":"UTC","dialect":"quartz"}""", "At 09:00, Monday to Friday (UTC)")]
    [InlineData("""{"cron":"day=last hour=9","zone":"UTC","dialect":"apscheduler"}""",
        "At 09:00, on the last day of the month (UTC)")]
    [InlineData("""{"cron":"30 2 * * *","zone":"UTC","gap":"skip"}""", "At 02:30, every day (UTC)")]
    [InlineData("""{"cron":"H 2 * * *","zone":"UTC","spread":"nightly"}""", "At 02:31, every day (UTC)")]
    public void The_JSON_of_a_trigger_is_read_and_written_back_the_same(string json, string described)
    {
        var trigger = TriggerJson.Read(json);

        Assert.Equal(described, trigger.Describe());
        Assert.Equal(json, TriggerJson.Write(trigger));
        Assert.Equal(trigger, TriggerJson.Read(TriggerJson.Write(trigger)));
        Assert.Equal(trigger, JsonSerializer.Deserialize<Trigger>(JsonSerializer.Serialize(trigger)));
    }

    [Fact]
    public void Requests_may_leave_out_the_anchor_and_the_zone()
    {
        var interval = new IntervalTrigger(TimeSpan.FromMinutes(90), Noon);

        Assert.Equal(interval, TriggerJson.Read("""{"every":"1h30m"}""", Noon));
        Assert.Equal("UTC", Assert.IsType<CronTrigger>(TriggerJson.Read("""{"cron":"@daily"}""")).Zone);
    }

    [Fact]
    public void What_is_the_default_is_not_stored()
    {
        const string Plain = """{"cron":"@daily","zone":"UTC"}""";

        var trigger = TriggerJson.Read("""{"cron":"@daily","dialect":"unix","gap":"run","spread":"x"}""");

        Assert.Equal(Plain, TriggerJson.Write(trigger));
        Assert.Equal(TriggerJson.Read(Plain), trigger);
        Assert.NotEqual(((CronTrigger)trigger) with { Gap = GapRule.Skip }, trigger);
    }

    [Theory]
    [InlineData("{", "trigger")]
    [InlineData("""{"cron":"@daily","dialect":"cron"}""", "dialect")]
    [InlineData("""{"cron":"@daily","gap":"jump"}""", "gap")]
    [InlineData("""{"cron":"0 9 * * 1","dialect":"quartz"}""", "cron")]
    [InlineData("""{"every":"5m","anchor":"2026-01-01T00:00:00Z","gap":"skip"}""", "gap")]
    [InlineData("[]", "trigger")]
    [InlineData("{}", "trigger")]
    [InlineData("""{"once":"tomorrow"}""", "once")]
    [InlineData("""{"once":"2026-01-01T00:00:00"}""", "once")]
    [InlineData("""{"once":"2026-01-01"}""", "once")]
    [InlineData("""{"once":5}""", "once")]
    [InlineData("""{"every":"5","anchor":"2026-01-01T00:00:00Z"}""", "every")]
    [InlineData("""{"every":"99ms","anchor":"2026-01-01T00:00:00Z"}""", "every")]
    [InlineData("""{"every":"5m"}""", "anchor")]
    [InlineData("""{"every":"5m","anchor":"noon"}""", "anchor")]
    [InlineData("""{"cron":"0 24 * * *","zone":"UTC"}""", "cron")]
    [InlineData("""{"cron":"@daily","zone":"Europe/Berln"}""", "zone")]
    [InlineData("""{"cron":"@daily","zone":"UTC","every":"5m"}""", "cron")]
    [InlineData("""{"cron":"@daily","cron":"@hourly"}""", "cron")]
    [InlineData("""{"cron":"@daily","jitter":"25h"}""", "jitter")]
    [InlineData("""{"cron":"@daily","anchor":"2026-01-01T00:00:00Z"}""", "anchor")]
    [InlineData("""{"cron":"@daily","max":0}""", "max")]
    [InlineData("""{"cron":"@daily","max":"3"}""", "max")]
    [InlineData("""{"cron":"@daily","start":"tomorrow"}""", "start")]
    [InlineData("""{"cron":"@daily","except":"2026-12-25"}""", "except")]
    [InlineData("""{"cron":"@daily","except":[5]}""", "except")]
    [InlineData("""{"cron":"@daily","except":["2026-02-30"]}""", "except")]
    [InlineData("""{"cron":"@daily","except":["2026-02-03/2026-02-01"]}""", "except")]
    [InlineData("""{"cron":"@daily","except":["2026-02-03/2026-02-04/2026-02-05"]}""", "except")]
    [InlineData("""{"cron":"@daily","except":["cron: 99 * * * *"]}""", "except")]
    [InlineData("""{"every":"5m","anchor":"2026-01-01T00:00:00Z","zone":"UTC"}""", "zone")]
    [InlineData("""{"calendar":"2 fortnights","from":"2026-01-01","time":"09:00"}""", "calendar")]
    [InlineData("""{"calendar":"0 days","from":"2026-01-01","time":"09:00"}""", "calendar")]
    [InlineData("""{"calendar":"1 day","time":"09:00"}""", "from")]
    [InlineData("""{"calendar":"1 day","from":"2026-01-01"}""", "time")]
    [InlineData("""{"calendar":"1 day","from":"2026-01-01","time":"24:00"}""", "time")]
    [InlineData("""{"calendar":"1 day","from":"2026-01-01","time":"09:00","month_end":"first"}""", "month_end")]
    [InlineData("""{"any":[]}""", "any")]
    [InlineData("""{"any":[{"cron":"@daily","jitter":"5s"},{"cron":"@hourly"}]}""", "jitter")]
    [InlineData("""{"any":[{"cron":"@daily"}]}""", "any")]
    [InlineData("""{"all":{"cron":"@daily"}}""", "all")]
    [InlineData("""{"any":[{"cron":"@daily"},{"cron":"bad"}]}""", "cron")]
    public void A_trigger_that_cannot_be_read_names_the_field(string json, string field)
    {
        var error = Assert.Throws<InvalidFieldException>(() => TriggerJson.Read(json));

        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Hint);
    }

    [Theory]
    [InlineData("Europe/Berln", "Europe/Berlin")]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("Berlin", "Europe/Berlin")]
    [InlineData("New York", "America/New_York")]
    [InlineData("America/NewYork", "America/New_York")]
    [InlineData("Europe/Kiew", "Europe/Kyiv")]
    [InlineData("Asia/Tokio", "Asia/Tokyo")]
    public void An_unknown_zone_is_answered_with_the_nearest_names(string zone, string nearest)
    {
        var error = Assert.Throws<InvalidFieldException>(() => TimeZones.Find(zone));

        Assert.Equal($"There is no time zone '{zone}'.", error.Message);
        Assert.Contains(nearest, error.Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../etc/hostname")]
    [InlineData("/etc/localtime")]
    [InlineData("Qqqqqqqqqqqqqqqqqqqqq")]
    [InlineData("localtime")]
    public void What_is_no_name_of_a_zone_is_refused(string zone) =>
        Assert.Equal("zone", Assert.Throws<InvalidFieldException>(() => TimeZones.Find(zone)).Field);
}
