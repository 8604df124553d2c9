using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

/// <summary>Compares random expressions with a walk over every minute of real time.</summary>
public sealed class CronOracleTests(ITestOutputHelper output)
{
    private const int Cases = 2_000;
    private const int DaysWalked = 12;

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Pacific/Apia")]
    public void The_next_run_is_the_one_that_a_walk_over_the_minutes_finds(string zoneId)
    {
        var zone = TimeZones.Find(zoneId);
        var firstSeed = Random.Shared.Next();
        output.WriteLine($"Seeds from {firstSeed} on.");
        for (var seed = firstSeed; seed < firstSeed + Cases; seed++)
            Check(zone, seed);
    }

    /// <summary>Seeds that failed once, and whoever looks into a new one.</summary>
    [Theory]
    [InlineData("Europe/Berlin", 1)]
    public void A_seed_can_be_repeated(string zoneId, int seed) => Check(TimeZones.Find(zoneId), seed);

    private static void Check(TimeZoneInfo zone, int seed)
    {
        var random = new Random(seed);
        var oracle = CronOracle.Draw(random);
        var after = DrawInstant(random);
        var limit = after.AddDays(DaysWalked);
        var cron = CronExpression.Parse(oracle.Text);

        var expected = oracle.Next(after, limit, zone);
        var actual = cron.Next(after, zone);

        var agree = expected is null ? actual is null || actual > limit : actual == expected;
        Assert.True(agree, $"Seed {seed}, '{cron}' in {zone.Id} after {after:O}: {actual:O} instead of {expected:O}.");
    }

    /// <summary>Half of them near a change of the clocks of one of the zones.</summary>
    private static DateTimeOffset DrawInstant(Random random)
    {
        DateTimeOffset[] changes =
        [
            new(2024, 3, 31, 1, 0, 0, TimeSpan.Zero), new(2024, 10, 27, 1, 0, 0, TimeSpan.Zero),
            new(2024, 4, 6, 15, 0, 0, TimeSpan.Zero), new(2024, 10, 5, 15, 30, 0, TimeSpan.Zero),
            new(2011, 12, 30, 10, 0, 0, TimeSpan.Zero),
        ];
        return random.Next(2) == 0
            ? new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(4 * 366 * 86_400))
            : changes[random.Next(changes.Length)].AddSeconds(random.Next(-36 * 3_600, 12 * 3_600));
    }
}
