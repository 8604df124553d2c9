using Rota.Schedules;
using Xunit;
using QuartzCron = Quartz.CronExpression;

namespace Rota.Tests.Schedules;

/// <summary>Compares the Quartz dialect with the cron of Quartz itself.</summary>
public sealed class CronQuartzTests(ITestOutputHelper output)
{
    private const int Expressions = 20_000, Instants = 5;
    private const int ExpressionsOfZone = 2_000, InstantsOfZone = 8;

    // Of the changes of a zone, those that instants are drawn near.
    private const int ChangesMax = 80;

    [Fact]
    public void Runs_when_Quartz_does_in_universal_time()
    {
        var (seed, deviations) = (Random.Shared.Next(), 0);
        output.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        for (var expression = 0; expression < Expressions; expression++)
        {
            var text = QuartzText.Draw(random);
            var (ours, theirs) = (CronExpression.Parse(text, CronDialect.Quartz), Theirs(text, TimeZoneInfo.Utc));
            for (var instant = 0; instant < Instants; instant++)
            {
                var after = DrawInstant(random);
                var (own, other) = (ours.Next(after, TimeZoneInfo.Utc), theirs.GetNextValidTimeAfter(after));
                if (QuartzDifference.IsBeyond(own, other))
                    deviations++;
                else
                    Assert.True(own == other, $"Seed {seed}, '{text}' after {after:O}: {own:O}, but Quartz {other:O}.");
            }
        }

        output.WriteLine($"{deviations} of {Expressions * Instants} beyond the years of Quartz.");
    }

    /// <summary>Every run is the one that the second by second walk of <see cref="QuartzReadings"/> finds by the rule
    /// of docs/schedules.md, and every difference from Quartz has a reason that alone accounts for it.</summary>
    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("Africa/Casablanca")]
    [InlineData("Pacific/Apia")]
    [InlineData("Antarctica/Troll")]
    public void Differs_from_Quartz_only_where_the_rules_for_changes_of_the_clock_do(string zoneId)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var zone = TimeZones.Find(zoneId);
        var pairs = new List<string>();
        for (var expression = 0; expression < ExpressionsOfZone; expression++)
        {
            var text = random.Next(2) == 0 ? QuartzText.Draw(random) : QuartzText.DrawDaily(random);
            var (ours, theirs) = (CronExpression.Parse(text, CronDialect.Quartz), Theirs(text, zone));
            var readings = new QuartzReadings(text);
            for (var instant = 0; instant < InstantsOfZone; instant++)
            {
                var after = DrawInstant(random, zone);
                var (own, other) = (ours.Next(after, zone), theirs.GetNextValidTimeAfter(after));
                var reason = QuartzDifference.Explain(readings, zone, after, own, other);
                Assert.True(
                    reason is not null, $"Seed {seed}, '{text}' after {after:O}: {own:O}, but Quartz {other:O}.");
                pairs.Add(reason);
            }
        }

        var counts = pairs.CountBy(reason => reason).ToDictionary();
        output.WriteLine($"Seed {seed}. {string.Join("; ", counts.Select(reason => $"{reason.Value} {reason.Key}"))}.");
        Assert.Equal(ExpressionsOfZone * InstantsOfZone, pairs.Count);
        Assert.InRange(pairs.Count - counts[QuartzDifference.None], pairs.Count / 1_000, pairs.Count / 10);
    }

    [Fact]
    public void Passes_by_a_gap_that_Quartz_does_not_know_and_sees_before_the_instant()
    {
        const string text = "23 42 */2 * * ?";
        var zone = TimeZones.Find("Africa/Casablanca");
        var after = new DateTimeOffset(2013, 8, 10, 1, 59, 59, TimeSpan.Zero);
        var own = CronExpression.Parse(text, CronDialect.Quartz).Next(after, zone);
        var other = Theirs(text, zone).GetNextValidTimeAfter(after);

        Assert.Equal(after.AddSeconds(1), own);
        Assert.Equal(QuartzDifference.OddGap,
            QuartzDifference.Explain(new QuartzReadings(text), zone, after, own, other));
    }

    [Theory]
    [InlineData("H H * * * ?")]
    [InlineData("0 H/15 * * * ?")]
    [InlineData("H(0-29)/10 H(9-17) H(1-5) H * ?")]
    [InlineData("0 0 0 ? H H")]
    [InlineData("0 0 H/5,12 H(1-14)/3 * ?")]
    public void H_has_the_values_of_Quartz(string text)
    {
        for (var number = 0; number < 200; number++)
        {
            var name = $"nightly-{number}";
            var after = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(number * 31);

            var theirs = QuartzCron.ParseWithHash(text, name).WithTimeZone(TimeZoneInfo.Utc);

            var ours = CronExpression.Parse(text, CronDialect.Quartz, name);
            Assert.Equal(theirs.GetNextValidTimeAfter(after), ours.Next(after, TimeZoneInfo.Utc));
        }
    }

    [Theory]
    [InlineData("0 0 12 * * MON", "a star leaves the day to the other field")]
    [InlineData("0 0 12 */2 * MON", "a step does not")]
    [InlineData("0 0 12 ? * ?", "every day")]
    [InlineData("0 0 12 ? * MON/2", "a step from a name on")]
    [InlineData("0 0 12 ? * MON-FRI/2", "a step between names")]
    [InlineData("@weekly", "Sunday")]
    [InlineData("0 0 12 15 * MON", "both are heeded")]
    [InlineData("0 0 12 31W * ?", "in a shorter month the weekday nearest its end")]
    [InlineData("0 0 12 1W * ?", "never before the month")]
    [InlineData("0 0 12 ? * L", "Saturday")]
    [InlineData("0 0 12 LW,15W,L-3 * ?", "each day by itself")]
    public void Says_of_odd_days_what_Quartz_says(string text, string what)
    {
        var after = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (ours, theirs) = (CronExpression.Parse(text, CronDialect.Quartz), Theirs(text, TimeZoneInfo.Utc));
        for (var run = 0; run < 500; run++)
        {
            var next = ours.Next(after, TimeZoneInfo.Utc)!.Value;
            Assert.True(theirs.GetNextValidTimeAfter(after) == next, $"{what}: {after:O}");
            after = next;
        }
    }

    private static QuartzCron Theirs(string text, TimeZoneInfo zone) => new(text, zone);

    private static DateTimeOffset DrawInstant(Random random) =>
        new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(30 * 366 * 86_400));

    private static DateTimeOffset DrawInstant(Random random, TimeZoneInfo zone)
    {
        var changes = ZoneChanges.Of(zone);
        return random.Next(3) == 0
            ? new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(44 * 366 * 86_400))
            : changes[random.Next(Math.Min(changes.Length, ChangesMax))].AddSeconds(random.Next(-4 * 3_600, 2 * 3_600));
    }
}
