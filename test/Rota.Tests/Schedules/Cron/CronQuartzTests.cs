using Rota.Schedules;
using Xunit;
using QuartzCron = Quartz.CronExpression;

namespace Rota.Tests.Schedules;

/// <summary>Compares the Quartz dialect with the cron of Quartz itself.</summary>
public sealed class CronQuartzTests(ITestOutputHelper output)
{
    private const int Expressions = 20_000, Instants = 5;

    /// <summary>Quartz looks no further ahead than this.</summary>
    private const int YearsMax = 100;

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
                if (own != other && IsBeyondQuartz(own))
                    deviations++;
                else
                    Assert.True(own == other, $"Seed {seed}, '{text}' after {after:O}: {own:O}, but Quartz {other:O}.");
            }
        }

        output.WriteLine($"{deviations} of {Expressions * Instants} beyond the years of Quartz.");
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    public void Runs_when_Quartz_does_where_the_clock_is_not_changed(string zoneId)
    {
        var (seed, deviations) = (Random.Shared.Next(), 0);
        var zone = TimeZones.Find(zoneId);
        var random = new Random(seed);
        for (var expression = 0; expression < Expressions / 2; expression++)
        {
            var text = QuartzText.Draw(random);
            var after = DrawInstant(random);
            var own = CronExpression.Parse(text, CronDialect.Quartz).Next(after, zone);
            var other = Theirs(text, zone).GetNextValidTimeAfter(after);
            if (own != other && (IsBeyondQuartz(own) || IsNearAChange(own, zone) || IsNearAChange(other, zone)))
                deviations++;
            else
                Assert.True(own == other, $"Seed {seed}, '{text}' after {after:O}: {own:O}, but Quartz {other:O}.");
        }

        Assert.True(deviations < Expressions / 200, $"Seed {seed}: {deviations} deviations are too many.");
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

    private static bool IsBeyondQuartz(DateTimeOffset? own) =>
        own is { } at && at.Year > DateTimeOffset.UtcNow.Year + YearsMax;

    /// <summary>Quartz runs a skipped time right after the gap also where the hour is <c>*</c>; Rota leaves it out.
    /// Quartz repeats what is written with <c>*</c>, <c>-</c> or <c>/</c> in a repeated hour; Rota what runs several
    /// times an hour or in every hour.</summary>
    private static bool IsNearAChange(DateTimeOffset? run, TimeZoneInfo zone) =>
        run is { } at && zone.GetUtcOffset(at.AddHours(-3)) != zone.GetUtcOffset(at.AddHours(3));
}
