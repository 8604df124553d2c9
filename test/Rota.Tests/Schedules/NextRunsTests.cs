using System.Globalization;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>What previews say of runs that a change of the clock moves, leaves out or could repeat. Worked out by hand;
/// the clock of Berlin was changed on 29 March and 25 October 2026, that of New York on 8 March.</summary>
public sealed class NextRunsTests
{
    private const string Moved = "02:30 does not exist on 2026-03-29 in Europe/Berlin: runs at 03:00";
    private const string LeftOut = "02:30 does not exist on 2026-03-29 in Europe/Berlin: left out";
    private const string First = "02:30 comes twice on 2026-10-25 in Europe/Berlin: runs the first time";
    private const string Daily =
        """ "calendar":"1 day","from":"2026-01-01","time":"02:30","zone":"Europe/Berlin" """;

    private const string Cron = """ "cron":"30 2 * * *","zone":"Europe/Berlin" """;
    private const string Early = """ "cron":"0 1 * * *","zone":"Europe/Berlin" """;
    private const string NewYork = """ "cron":"30 2 * * *","zone":"America/New_York" """;

    [Theory]
    [InlineData("{" + Daily + "}", "2026-03-28T12:00:00Z", "03-29 03:00+02:00", Moved, "03-30 02:30+02:00", null)]
    [InlineData("{" + Daily + ",\"gap\":\"skip\"}", "2026-03-28T12:00:00Z",
        "03-30 02:30+02:00", LeftOut, "03-31 02:30+02:00", null)]
    [InlineData("{" + Daily + "}", "2026-10-24T12:00:00Z", "10-25 02:30+02:00", First, "10-26 02:30+01:00", null)]
    [InlineData("{" + Daily + ",\"start\":\"2026-10-24T12:00:00Z\"}", "2026-01-01T00:00:00Z",
        "10-25 02:30+02:00", First, "10-26 02:30+01:00", null)]
    [InlineData("{" + Daily + ",\"start\":\"2026-03-28T12:00:00Z\"}", "2026-01-01T00:00:00Z",
        "03-29 03:00+02:00", Moved, "03-30 02:30+02:00", null)]
    public void Those_of_the_calendar_say_what_the_clock_does(
        string trigger, string after, string first, string? note, string second, string? next) =>
        AssertRuns(trigger, after, (first, note), (second, next));

    [Theory]
    [InlineData("{\"any\":[{" + Daily + "},{" + Early + "}]}", "2026-03-28T12:00:00Z",
        "03-29 01:00+01:00", null, "03-29 03:00+02:00", Moved)]
    [InlineData("{\"any\":[{" + Cron + "},{" + Early + "}]}", "2026-10-24T12:00:00Z",
        "10-25 01:00+02:00", null, "10-25 02:30+02:00", First)]
    [InlineData("{\"any\":[{" + Cron + "},{" + Daily + "}]}", "2026-03-28T12:00:00Z",
        "03-29 03:00+02:00", Moved, "03-30 02:30+02:00", null)]
    [InlineData("{\"any\":[{" + Cron + "},{" + NewYork + "}]}", "2026-03-28T12:00:00Z",
        "03-29 01:00+00:00", Moved, "03-29 06:30+00:00", null)]
    [InlineData("{\"any\":[{\"any\":[{" + Cron + "},{" + Early + "}]},{\"every\":\"1h\"}]}", "2026-03-29T00:00:00Z",
        "03-29 03:00+02:00", Moved, "03-29 04:00+02:00", null)]
    [InlineData("{\"any\":[{" + Cron + "},{" + Early + "}],\"except\":[\"2026-03-29T00:00:00Z\"]}",
        "2026-03-28T12:00:00Z", "03-29 03:00+02:00", Moved, "03-30 01:00+02:00", null)]
    [InlineData("{\"all\":[{\"cron\":\"* 2-3 * * sun\",\"zone\":\"Europe/Berlin\"},{" + Cron + "}]}",
        "2026-10-24T12:00:00Z", "10-25 02:30+02:00", First, "11-01 02:30+01:00", null)]
    [InlineData("{\"all\":[{" + Cron + "},{" + Daily + "}]}", "2026-03-28T12:00:00Z",
        "03-29 03:00+02:00", Moved, "03-30 02:30+02:00", null)]
    [InlineData("{\"all\":[{\"cron\":\"0 3 * * *\",\"zone\":\"Europe/Berlin\"},"
        + "{\"cron\":\"* * * * *\",\"zone\":\"Europe/Berlin\"}]}", "2026-03-28T12:00:00Z",
        "03-29 03:00+02:00", null, "03-30 03:00+02:00", null)]
    public void Those_of_several_say_what_it_does_to_the_part_that_brought_them(
        string trigger, string after, string first, string? note, string second, string? next) =>
        AssertRuns(trigger, after, (first, note), (second, next));

    [Theory]
    [InlineData("{\"any\":[{" + Daily + "},{\"every\":\"1d\"}]}",
        "What the clock skips runs right after the gap, what it repeats runs the first time.")]
    [InlineData("{\"any\":[{" + Daily + ",\"gap\":\"skip\"},{" + Cron + "}]}",
        "What the clock skips is left out, what it repeats runs the first time. Or, by part: "
        + "What the clock skips runs right after the gap, what it repeats runs the first time.")]
    public void The_rules_of_the_parts_are_told(string trigger, string rules) =>
        Assert.Equal(rules, TriggerJson.Read(trigger, DateTimeOffset.UnixEpoch).ClockChanges);

    private static void AssertRuns(string trigger, string after, params (string Local, string? Note)[] expected)
    {
        var asked = TriggerJson.Read(trigger, DateTimeOffset.UnixEpoch);
        var runs = NextRuns.Of(asked, DateTimeOffset.Parse(after, CultureInfo.InvariantCulture), expected.Length);

        Assert.Equal(expected,
            runs.Select(run => (run.Local.ToString("MM-dd HH:mmzzz", CultureInfo.InvariantCulture), run.Note)));
    }
}
