using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class CronConvertTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0 9 * * 1-5", "unix", "quartz", "0 0 9 ? * MON-FRI")]
    [InlineData("0 9 * * 1-5", "unix", "apscheduler", "0 9 * * mon-fri")]
    [InlineData("*/15 * * * *", "unix", "quartz", "0 */15 * * * ?")]
    [InlineData("30 */10 9-17 * * *", "unix", "apscheduler", "hour=9-17 minute=*/10 second=30")]
    [InlineData("@weekly", "unix", "quartz", "0 0 0 ? * SUN")]
    [InlineData("0 0 * * 5-7", "unix", "apscheduler", "0 0 * * fri-sun")]
    [InlineData("0 0 1,15 * mon", "unix", "quartz", "0 0 0 1,15 * MON")]
    [InlineData("0 0 1 * mon", "unix", "apscheduler", "day='1,1st mon,2nd mon,3rd mon,4th mon,5th mon'")]
    [InlineData("0 0 L * *", "unix", "apscheduler", "0 0 last * *")]
    [InlineData("0 9 * * fri#2,friL", "unix", "apscheduler", "day='2nd fri,last fri' hour=9")]
    [InlineData("0 9 L-3,LW,15W * *", "unix", "quartz", "0 0 9 15W,L-3,LW * ?")]
    [InlineData("0 0 9 1 1 * 2026-2028", "unix", "apscheduler", "year=2026-2028 month=1 day=1 hour=9")]
    [InlineData("* * * * * *", "unix", "apscheduler", "second=*")]
    [InlineData("0 * L * *", "unix", "apscheduler", "0 * last * *")]
    [InlineData("0 30 9 ? * 2-6", "quartz", "unix", "30 9 * * mon-fri")]
    [InlineData("0 0 9 ? * 6#2 2026", "quartz", "unix", "0 0 9 * * fri#2 2026")]
    [InlineData("0 0 9 ? * L", "quartz", "apscheduler", "0 9 * * sat")]
    [InlineData("0 0 0 ? * 6L", "quartz", "apscheduler", "day='last fri'")]
    [InlineData("0 0 12 */2 * MON", "quartz", "unix", "0 12 1/2 * mon")]
    [InlineData("0 0 * * 0", "apscheduler", "unix", "0 0 * * mon")]
    [InlineData("day='3rd fri' hour=9", "apscheduler", "quartz", "0 0 9 ? * FRI#3")]
    [InlineData("day='1,3rd fri' hour=9", "apscheduler", "unix", "0 9 1 * fri#3")]
    [InlineData("0 9 8-14 * mon", "apscheduler", "quartz", "0 0 9 ? * MON#2")]
    [InlineData("0 9 1-7 * mon,wed", "apscheduler", "unix", "0 9 * * mon#1,wed#1")]
    [InlineData("0 0 */2 * mon", "apscheduler", "unix", "0 0 */2 * mon")]
    [InlineData("0 0 1-10 * 6,2,4,0", "unix", "apscheduler",
        "day='1-10,1st sun,1st tue,1st thu,1st sat,2nd sun,2nd tue,2nd thu,2nd sat,3rd sun,3rd tue,3rd thu,3rd sat,"
        + "4th sun,4th tue,4th thu,4th sat,5th sun,5th tue,5th thu,5th sat'")]
    [InlineData("0 0 1-10 * 6,1,3,5", "apscheduler", "unix", "0 0 1-10 * */2")]
    public void Is_said_in_another_dialect(string text, string from, string to, string said)
    {
        var cron = CronExpression.Parse(text, CronWords.ParseDialect(from));

        var converted = cron.Convert(CronWords.ParseDialect(to));

        Assert.Equal(said, converted.Cron.ToString());
        AssertRunsAlike(cron, converted.Cron, text);
        Assert.NotEmpty(converted.Notes.DefaultIfEmpty(converted.Cron.ToString()));
        Assert.Equal(cron, Assert.IsType<CronExpression>(cron.Convert(cron.Dialect).Cron));
    }

    [Theory]
    [InlineData("0 0 1-10 * mon", "apscheduler", "unix", "needs both")]
    [InlineData("0 0 */2 * mon", "apscheduler", "quartz", "needs both")]
    [InlineData("0 0 */2 * mon", "unix", "quartz", "needs both")]
    [InlineData("day='2nd fri' day_of_week=mon-thu", "apscheduler", "unix", "needs both")]
    [InlineData("week=53", "apscheduler", "unix", "no field for weeks")]
    [InlineData("week=53", "apscheduler", "quartz", "no field for weeks")]
    [InlineData("0 0 * * fri#1,fri#3", "unix", "quartz", "one weekday with '#' or 'L'")]
    [InlineData("0 0 * * mon,fri#3", "unix", "quartz", "one weekday with '#' or 'L'")]
    [InlineData("0 0 L-3 * *", "unix", "apscheduler", "knows the last day of a month")]
    [InlineData("0 0 LW * *", "unix", "apscheduler", "knows the last day of a month")]
    [InlineData("0 0 15W * *", "unix", "apscheduler", "knows the last day of a month")]
    [InlineData("0 0 */2 * fri#3", "unix", "apscheduler", "counts weekdays in the day field")]
    public void What_cannot_be_said_is_refused_with_a_way_out(string text, string from, string to, string why)
    {
        var cron = CronExpression.Parse(text, CronWords.ParseDialect(from));

        var error = Assert.Throws<InvalidFieldException>(() => cron.Convert(CronWords.ParseDialect(to)));

        Assert.Equal("to", error.Field);
        Assert.Contains(why, error.Message);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void Notes_say_what_to_know()
    {
        var notes = CronExpression.Parse("H 2 1 * 1", spread: "nightly").Convert(CronDialect.Quartz).Notes;

        Assert.Collection(notes,
            note => Assert.StartsWith("H became its value, spread by 'nightly'", note),
            note => Assert.StartsWith("A day that fits one of the day fields is enough", note),
            note => Assert.Equal(
                "Weekdays are written by name: 0 and 7 are Sunday in unix, but 1 is Sunday in quartz.", note),
            note => Assert.StartsWith("A local time that the clock skips", note));
        Assert.Empty(CronExpression.Parse("*/5 * * * *").Convert(CronDialect.ApScheduler).Notes);
    }

    [Fact]
    public void What_is_said_in_another_dialect_runs_at_the_same_times()
    {
        const int Cases = 3_000;
        var firstSeed = Random.Shared.Next();
        output.WriteLine($"Seeds from {firstSeed} on.");
        var said = 0;
        for (var seed = firstSeed; seed < firstSeed + Cases; seed++)
        {
            var random = new Random(seed);
            var cron = (seed % 3) switch
            {
                0 => CronExpression.Parse(QuartzText.Draw(random), CronDialect.Quartz),
                1 when CronDrawn.Draw(random, (CronDialect)random.Next(3), new DateTime(2026, 4, 1)) is var drawn =>
                    CronExpression.Parse(drawn.Text, drawn.Dialect),
                _ => CronExpression.Parse(CronDayOracle.Draw(random).Text),
            };
            foreach (var to in Enum.GetValues<CronDialect>())
            {
                if (TryConvert(cron, to) is not { } other)
                    continue;
                said += cron.Dialect == to ? 0 : 1;
                AssertRunsAlike(cron, other, $"Seed {seed}");
                if (TryConvert(other, cron.Dialect) is { } back)
                    AssertRunsAlike(cron, back, $"Seed {seed}, back");
            }
        }

        Assert.InRange(said, Cases / 2, Cases * 2);
    }

    private static CronExpression? TryConvert(CronExpression cron, CronDialect to)
    {
        try
        {
            return cron.Convert(to).Cron;
        }
        catch (InvalidFieldException error) when (error.Field == "to")
        {
            return null;
        }
    }

    private static void AssertRunsAlike(CronExpression first, CronExpression second, string what)
    {
        DateTimeOffset? after = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var run = 0; run < 40 && after is { } at; run++)
        {
            after = first.Next(at, TimeZoneInfo.Utc);
            Assert.True(after == second.Next(at, TimeZoneInfo.Utc), $"{what}: '{first}' and '{second}' after {at:O}.");
            after = after?.AddHours(run % 3 == 0 ? 700 : 0);
        }
    }
}
