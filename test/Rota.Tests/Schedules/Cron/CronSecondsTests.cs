using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Compares random expressions with walks over every second, and over every date.</summary>
public sealed class CronSecondsTests(ITestOutputHelper output)
{
    private const int SecondCases = 1_500, DayCases = 500, DaysWalked = 1_500;

    // Among and beside those that zones are looked up for.
    private static readonly int[] Years = [2010, 2011, 2018, 2026, 2027, 2068];

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Africa/Casablanca")]
    [InlineData("Pacific/Apia")]
    [InlineData("Antarctica/Troll")]
    public void The_next_run_is_the_one_that_a_walk_over_the_seconds_around_a_change_finds(string zoneId)
    {
        var zone = TimeZones.Find(zoneId);
        var changes = ZoneChanges.Of(zone).Where(change => Years.Contains(change.Year)).ToList();
        var firstSeed = Random.Shared.Next();
        output.WriteLine($"Seeds from {firstSeed} on.");
        var runs = 0;
        for (var seed = firstSeed; seed < firstSeed + SecondCases; seed++)
        {
            var random = new Random(seed);
            var change = changes[random.Next(changes.Count)];
            var clock = ZoneChanges.Clock(zone, change);
            var around = (change + zone.GetUtcOffset(change)).DateTime;
            var drawn = CronDrawn.Draw(random, (CronDialect)random.Next(3), around);
            var gap = (GapRule)random.Next(2);
            var after = change.AddMilliseconds(random.Next(-9_000_000, 7_200_000));
            var cron = CronExpression.Parse(drawn.Text, drawn.Dialect);

            var expected = clock.First(after, drawn.Rule(gap), drawn.Fits);
            var actual = cron.Next(after, zone, gap);

            runs += expected is null ? 0 : 1;
            Assert.True(expected == (actual <= clock.Until ? actual : null),
                $"Seed {seed}, {drawn.Dialect} '{cron}' in {zone.Id} after {after:O} ({gap}): "
                + $"{actual:O} instead of {expected:O}.");
        }

        output.WriteLine($"{runs} runs of {SecondCases} expressions.");
        Assert.InRange(runs, SecondCases / 4, SecondCases);
    }

    [Fact]
    public void The_days_are_those_that_a_walk_over_the_dates_finds()
    {
        var firstSeed = Random.Shared.Next();
        output.WriteLine($"Seeds from {firstSeed} on.");
        for (var seed = firstSeed; seed < firstSeed + DayCases; seed++)
        {
            var random = new Random(seed);
            var oracle = CronDayOracle.Draw(random);
            var cron = CronExpression.Parse(oracle.Text);
            var start = new DateTime(2024, 1, 1).AddDays(random.Next(10_000));
            var next = Next(cron, start.AddTicks(-1));
            for (var date = start; date < start.AddDays(DaysWalked); date = date.AddDays(1))
            {
                Assert.True(oracle.Matches(date) == (next == date), $"Seed {seed}, '{cron}': {date:yyyy-MM-dd}.");
                if (next == date)
                    next = Next(cron, date);
            }
        }
    }

    private static DateTime? Next(CronExpression cron, DateTime after) =>
        cron.Next(new DateTimeOffset(after, TimeSpan.Zero), TimeZoneInfo.Utc)?.DateTime;
}
