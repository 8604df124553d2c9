using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Compares random expressions with walks over every second, and over every date.</summary>
public sealed class CronSecondsTests(ITestOutputHelper output)
{
    private const int SecondCases = 250, DayCases = 500, DaysWalked = 1_500;

    private static readonly DateTimeOffset[] Changes =
    [
        new(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), new(2026, 10, 25, 1, 0, 0, TimeSpan.Zero),
        new(2026, 4, 4, 15, 0, 0, TimeSpan.Zero), new(2026, 10, 3, 15, 30, 0, TimeSpan.Zero),
        new(2026, 3, 8, 7, 0, 0, TimeSpan.Zero), new(2026, 11, 1, 6, 0, 0, TimeSpan.Zero),
    ];

    [Theory]
    [InlineData("UTC", GapRule.Run)]
    [InlineData("Europe/Berlin", GapRule.Run)]
    [InlineData("Europe/Berlin", GapRule.Skip)]
    [InlineData("America/New_York", GapRule.Run)]
    [InlineData("Australia/Lord_Howe", GapRule.Skip)]
    [InlineData("Antarctica/Troll", GapRule.Run)]
    public void The_next_run_is_the_one_that_a_walk_over_the_seconds_finds(string zoneId, GapRule gap)
    {
        var zone = TimeZones.Find(zoneId);
        var firstSeed = Random.Shared.Next();
        output.WriteLine($"Seeds from {firstSeed} on.");
        for (var seed = firstSeed; seed < firstSeed + SecondCases; seed++)
        {
            var random = new Random(seed);
            var oracle = CronSecondsOracle.Draw(random);
            var after = Changes[random.Next(Changes.Length)].AddSeconds(random.Next(-3 * 3_600, 3_600));
            var limit = after.AddHours(4);
            var cron = CronExpression.Parse(oracle.Text);

            var expected = oracle.Next(after, limit, TimeSpan.FromHours(3), zone, gap == GapRule.Skip);
            var actual = cron.Next(after, zone, gap);

            Assert.True(expected == (actual <= limit ? actual : null),
                $"Seed {seed}, '{cron}' in {zone.Id} after {after:O}: {actual:O} instead of {expected:O}.");
        }
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
