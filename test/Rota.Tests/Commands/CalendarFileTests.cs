using System.Text.Json;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>When a schedule does not run, by a calendar file, against a real server.</summary>
public sealed class CalendarFileTests : ServerCommandFixture
{
    private const string Holidays = """
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART;TZID=Europe/Berlin:20301220T090000
        RRULE:FREQ=DAILY
        EXDATE;TZID=Europe/Berlin:20301221T090000
        EXDATE:20301223T080000Z
        END:VEVENT
        BEGIN:VEVENT
        SUMMARY:Christmas
        DTSTART;VALUE=DATE:20301225
        DTEND;VALUE=DATE:20301227
        END:VEVENT
        END:VCALENDAR
        """;

    private static readonly string[] Daily = ["--cron", "0 9 * * *", "--zone", "Europe/Berlin", "--kind", "x",
        "--start", "2030-12-20T00:00:00Z", "--except-ics", "holidays.ics"];

    private void Write(string text) => File.WriteAllText(Path.Combine(Run.Folder, "holidays.ics"), text);

    private async Task<JsonElement> JsonAsync(params string[] args) =>
        JsonElement.Parse(await OutputAsync([.. args, "--json"]));

    [Fact]
    public async Task The_next_runs_leave_out_what_a_calendar_file_excepts()
    {
        Write(Holidays.ReplaceLineEndings("\r\n"));
        await OutputAsync(["schedules", "add", "tea", .. Daily]);

        var next = (await JsonAsync("schedules", "next", "tea", "-n", "5")).GetProperty("next").EnumerateArray();

        Assert.Equal(["20", "22", "24", "27", "28"],
            next.Select(one => $"{one.GetProperty("at").GetDateTimeOffset().UtcDateTime:dd}"));
        await OutputAsync("schedules", "edit", "tea", "--cron", "0 9 * * *", "--zone", "Europe/Berlin",
            "--start", "2030-12-20T00:00:00Z");
        var after = (await JsonAsync("schedules", "next", "tea", "-n", "2")).GetProperty("next").EnumerateArray();
        Assert.Equal(21, after.Last().GetProperty("at").GetDateTimeOffset().Day);
    }

    [Theory]
    [InlineData("<html>Please sign in</html>", "It is no iCalendar file")]
    [InlineData("", "It is no iCalendar file")]
    [InlineData("BEGIN:VCALENDAR\nEXDATE:20301221T090000\nBEGIN:VEV", "Line 3 of the calendar: It ends before")]
    [InlineData("BEGIN:VCALENDAR\nEXDATE:soon\nEND:VCALENDAR", "Line 2 of the calendar: 'soon' is no date")]
    [InlineData("BEGIN:VCALENDAR\nEND:VCALENDAR", "The calendar leaves nothing out")]
    [InlineData("BEGIN:VCALENDAR\nEXDATE;TZID=No/Where:20301221T090000\nEND:VCALENDAR", "There is no time zone")]
    public async Task A_file_that_is_no_good_calendar_is_refused_by_the_name_of_its_option(string text, string error)
    {
        Write(text);

        Assert.Equal(ExitCode.Usage, await Run.RunAsync(["schedules", "add", "tea", .. Daily]));

        Assert.StartsWith($"error: --except-ics holidays.ics: {error}", Run.Error);
        Assert.Contains("no schedules", await OutputAsync("schedules", "list"));
    }

    [Fact]
    public async Task A_calendar_file_that_is_missing_or_too_large_is_refused_by_the_name_of_its_option()
    {
        Assert.Equal(ExitCode.Usage, await Run.RunAsync(["schedules", "add", "tea", .. Daily]));
        Assert.Contains("error: --except-ics holidays.ics: holidays.ics cannot be read", Run.Error);

        Write(Holidays.Replace("SUMMARY:Christmas", $"ATTACH:{new string('a', 1 << 20)}"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync(["schedules", "add", "tea", .. Daily]));
        Assert.Contains("error: --except-ics holidays.ics: It has 1,048,", Run.Error);
    }
}
