using System.Globalization;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Starts, ends, exceptions, numbers of runs, and triggers made of triggers.</summary>
public sealed class TriggerLimitsTests
{
    private static readonly DateTimeOffset NewYear = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static List<DateTimeOffset> Runs(Trigger trigger, int count, DateTimeOffset? after = null)
    {
        var runs = new List<DateTimeOffset>();
        for (var next = trigger.Next(after ?? NewYear); next is { } at && runs.Count < count; next = trigger.Next(at))
            runs.Add(at);
        return runs;
    }

    private static string Days(Trigger trigger, int count) =>
        string.Join(' ', Runs(trigger, count).Select(run => run.ToString("MM-dd")));

    [Fact]
    public void It_runs_neither_before_its_start_nor_after_its_end_but_at_both()
    {
        var trigger = TriggerJson.Read(
            """{"cron":"@daily","start":"2026-01-03T00:00:00Z","end":"2026-01-05T00:00:00Z"}""");

        Assert.Equal("01-03 01-04 01-05", Days(trigger, 9));
    }

    [Theory]
    [InlineData("2026-01-03", "01-02 01-04 01-05 01-06")]
    [InlineData("2026-01-02/2026-01-04", "01-05 01-06 01-07 01-08")]
    [InlineData("2026-01-03T00:00:00Z", "01-02 01-04 01-05 01-06")]
    [InlineData("2026-01-03T00:00:01Z", "01-02 01-03 01-04 01-05")]
    [InlineData("2026-01-02T12:00:00Z/2026-01-04T00:00:00+01:00", "01-02 01-04 01-05 01-06")]
    [InlineData("cron: * * * * sat,sun", "01-02 01-05 01-06 01-07")]
    public void What_is_excepted_is_left_out(string except, string expected)
    {
        var trigger = TriggerJson.Read($$"""{"cron":"@daily","except":["{{except}}"]}""");

        Assert.Equal(expected, Days(trigger, 4));
    }

    // Of every second each left out by itself would be 172,800 on a weekend, and more than are looked at.
    [Theory]
    [InlineData("1s", "* * * * sat,sun", "2026-01-02T23:59:59Z", "2026-01-05T00:00:00Z")]
    [InlineData("1s", "* * * * * sat,sun", "2026-01-02T23:59:59Z", "2026-01-05T00:00:00Z")]
    [InlineData("100ms", "* * * 8 *", "2026-07-31T23:59:59.9Z", "2026-09-01T00:00:00Z")]
    [InlineData("1s", "* 9-17 * * *", "2026-01-02T08:59:59Z", "2026-01-02T18:00:00Z")]
    [InlineData("1s", "30 * * * *", "2026-01-02T08:29:59Z", "2026-01-02T08:31:00Z")]
    [InlineData("1s", "0 0 9 * * *", "2026-01-02T08:59:59Z", "2026-01-02T09:00:01Z")]
    [InlineData("5s", "*/15 * * * * sat,sun", "2026-01-02T23:59:55Z", "2026-01-03T00:00:05Z")]
    public void What_runs_often_is_left_out_for_long(string every, string except, string after, string next)
    {
        var trigger = TriggerJson.Read(
            $$"""{"every":"{{every}}","anchor":"2026-01-01T00:00:00Z","except":["cron: {{except}}"]}""");

        Assert.Equal(DateTimeOffset.Parse(next, CultureInfo.InvariantCulture),
            trigger.Next(DateTimeOffset.Parse(after, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_date_is_of_the_zone_with_its_hours_however_many_it_has()
    {
        var trigger = TriggerJson.Read(
            """{"every":"1h","anchor":"2026-01-01T00:00:00Z","except":["2026-03-29"],"zone":"Europe/Berlin"}""");
        var runs = Runs(trigger, 48, new(2026, 3, 28, 20, 0, 0, TimeSpan.Zero));

        // That day has 23 hours there: from 23:00 UTC to 22:00 UTC.
        Assert.Equal(new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero), runs[1]);
        Assert.Equal(new(2026, 3, 29, 22, 0, 0, TimeSpan.Zero), runs[2]);
    }

    [Fact]
    public void A_trigger_whose_every_run_is_excepted_never_runs() =>
        Assert.Null(TriggerJson.Read("""{"cron":"0 9 * * *","except":["cron: 0 9 * * *"]}""").Next(NewYear));

    [Fact]
    public void A_number_of_runs_is_counted_from_the_start()
    {
        var trigger = TriggerJson.Read(
            """{"cron":"@daily","start":"2026-01-01T00:00:00Z","max":3,"except":["2026-01-02"]}""").Settle();

        Assert.Equal("01-03 01-04", Days(trigger, 9));
        Assert.Equal(trigger, trigger.Settle());
        Assert.Equal(trigger, TriggerJson.Read(TriggerJson.Write(trigger)));
    }

    [Theory]
    [InlineData("""{"every":"1m","max":3}""")]
    [InlineData("""{"cron":"* * * * *","max":3}""")]
    public void Or_from_now_on_where_none_is_given(string json) => Assert.Equal(
        [NewYear.AddMinutes(1), NewYear.AddMinutes(2), NewYear.AddMinutes(3)],
        Runs(TriggerJson.Read(json, NewYear).Settle(), 9));

    [Theory]
    [InlineData("any", "01-01 01-02 01-03 01-05 02-05")]
    [InlineData("all", "")]
    public void The_runs_of_a_part_are_counted_too(string kind, string expected)
    {
        var trigger = TriggerJson.Read($$"""
            {"{{kind}}":[{"cron":"0 1 * * *","start":"2026-01-01T00:00:00Z","max":3},{"cron":"0 1 5 * *"}]}
            """).Settle();

        Assert.Equal(expected, Days(trigger, 5));
        Assert.Equal(trigger, trigger.Settle());
    }

    [Fact]
    public void A_number_of_runs_needs_a_start()
    {
        var error = Assert.Throws<InvalidFieldException>(
            () => TriggerJson.Read("""{"cron":"@daily","max":3}""").Settle());

        Assert.Equal("start", error.Field);
    }

    [Fact]
    public void Any_of_several_runs_whenever_one_of_them_does()
    {
        var trigger = TriggerJson.Read(
            """{"any":[{"cron":"0 0 2 * *"},{"cron":"0 0 4 * *"},{"once":"2026-01-03T00:00:00Z"}]}""");

        Assert.Equal("01-02 01-03 01-04 02-02", Days(trigger, 4));
    }

    [Fact]
    public void All_of_several_run_only_together()
    {
        var trigger = TriggerJson.Read("""{"all":[{"cron":"0 0 13 * *"},{"cron":"* * * * fri"}]}""");

        Assert.Equal("02-13 03-13 11-13", Days(trigger, 3));
    }

    [Fact]
    public void Those_that_never_meet_come_to_an_end()
    {
        var trigger = TriggerJson.Read("""
            {"all":[{"every":"1h","anchor":"2026-01-01T00:00:00Z"},{"every":"1h","anchor":"2026-01-01T00:30:00Z"}]}
            """);

        Assert.Null(trigger.Next(NewYear));
    }

    [Fact]
    public void Limits_of_the_whole_hold_for_the_parts()
    {
        var trigger = TriggerJson.Read("""
            {"any":[{"cron":"0 0 2 * *"},{"cron":"0 0 4 * *","end":"2026-02-01T00:00:00Z"}],"except":["2026-01-02"]}
            """);

        Assert.Equal("01-04 02-02 03-02", Days(trigger, 3));
    }

    [Fact]
    public void A_calendar_file_says_when_not_to_run()
    {
        const string Ics = """
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            DTSTART;TZID=Europe/Berlin:20260102T090000
            RRULE:FREQ=DAILY
            EXDATE;TZID=Europe/Berlin:20260103T090000,2026010
             5T090000
            EXDATE:20260107T080000Z
            EXDATE;VALUE=DATE:20260109
            END:VEVENT
            BEGIN:VEVENT
            SUMMARY:Holidays
            DTSTART;VALUE=DATE:20260112
            DTEND;VALUE=DATE:20260115
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20260120
            END:VEVENT
            BEGIN:VEVENT
            DURATION:P1W
            BEGIN:VALARM
            DURATION:PT15M
            END:VALARM
            DTSTART:20260201
            END:VEVENT
            BEGIN:VEVENT
            DTSTART:20260301T090000Z
            DURATION:PT1H
            END:VEVENT
            END:VCALENDAR
            """;

        Assert.Equal(
            ["2026-01-03T08:00:00Z", "2026-01-05T08:00:00Z", "2026-01-07T08:00:00Z", "2026-01-09",
                "2026-01-12/2026-01-14", "2026-01-20", "2026-02-01/2026-02-07"],
            IcsDates.Read(Ics.ReplaceLineEndings("\r\n"), "UTC"));
    }

    [Theory]
    [InlineData("EXDATE:tomorrow", "Line 2")]
    [InlineData("X:y\nEXDATE;VALUE=DATE:2026", "Line 3")]
    [InlineData("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nEND:VEVENT", "Line 4")]
    [InlineData("BEGIN:VEVENT\nRRULE:FREQ=YEARLY\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT", "Line 3")]
    [InlineData("BEGIN:VEVENT\nDURATION:PT36H\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT", "Line 3")]
    public void A_calendar_file_that_cannot_be_read_names_the_line(string lines, string line)
    {
        var ics = $"BEGIN:VCALENDAR\n{lines}\nEND:VCALENDAR\n";

        var error = Assert.Throws<InvalidFieldException>(() => IcsDates.Read(ics, "UTC"));

        Assert.Equal("except", error.Field);
        Assert.Contains(line, error.Message);
    }
}
