using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class CronSpreadTests
{
    private static readonly DateTimeOffset NewYear = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <remarks>Quartz.NET has the same, as another test finds. Should one of these change, then every schedule that is
    /// spread changes its times.</remarks>
    [Theory]
    [InlineData("H * * * *", "nightly", "2026-01-01T00:31:00")]
    [InlineData("H H * * *", "nightly", "2026-01-01T19:31:00")]
    [InlineData("H H H * *", "nightly", "2026-01-02T19:31:00")]
    [InlineData("H H * * H", "nightly", "2026-01-01T19:31:00")]
    [InlineData("H(0-29)/10 H(1-5) * * *", "nightly", "2026-01-01T04:01:00")]
    [InlineData("H H 3 * * *", "nightly", "2026-01-01T03:31:28")]
    [InlineData("H H * * *", "Bücher", "2026-01-01T14:10:00")]
    public void A_value_never_changes(string text, string name, string first) =>
        Assert.Equal(first, Next(text, name).ToString("yyyy-MM-ddTHH:mm:ss"));

    [Theory]
    [InlineData("H * * * *", 60)]
    [InlineData("H(0-29) * * * *", 30)]
    [InlineData("H/15 * * * *", 15)]
    [InlineData("H(10-49)/20 * * * *", 20)]
    [InlineData("0 H * * *", 24)]
    [InlineData("H 0 * * * *", 60)]
    public void A_thousand_names_spread_evenly(string text, int values)
    {
        var counts = Enumerable.Range(0, 1_000).Select(number => Next(text, $"report-{number}"))
            .CountBy(first => first).ToDictionary();

        // The chance that a value of an even spread is this far from its share is under one in a million.
        var share = 1_000.0 / values;
        Assert.Equal(values, counts.Count);
        var spread = 6 * Math.Sqrt(share);
        Assert.All(counts.Values, count => Assert.InRange(count, share - spread, share + spread));
    }

    [Fact]
    public void Fields_are_spread_each_by_itself()
    {
        var pairs = Enumerable.Range(0, 1_000).Select(number => Next("H H * * *", $"{number}"))
            .Select(first => (first.Hour, first.Minute)).Distinct().Count();

        Assert.InRange(pairs, 600, 1_000); // of 1,440
    }

    [Fact]
    public void A_spread_day_is_in_every_month()
    {
        var days = Enumerable.Range(0, 1_000).Select(number => Next("0 0 H * *", $"{number}").Day).Distinct().Order();

        Assert.Equal(Enumerable.Range(1, 28), days);
    }

    [Theory]
    [InlineData("H/20 * * * *", 3)]
    [InlineData("H(0-29)/10 * * * *", 3)]
    [InlineData("H,H(0-9) * * * *", 2)]
    public void A_spread_step_keeps_its_distance(string text, int anHour)
    {
        var cron = CronExpression.Parse(text, spread: "a name");
        var runs = cron.Upcoming(NewYear.AddTicks(-1), TimeZoneInfo.Utc, anHour + 1);

        Assert.Equal(1, runs[^1].At.Hour);
        Assert.Equal(runs[0].At.AddHours(1), runs[^1].At);
    }

    [Theory]
    [InlineData("@hourly")]
    [InlineData("0 0 * * *")]
    public void Without_H_no_spread_is_kept(string text)
    {
        var cron = CronExpression.Parse(text, spread: "nightly");

        Assert.False(cron.UsesSpread);
        Assert.Null(cron.Spread);
        Assert.Equal(CronExpression.Parse(text), cron);
        Assert.Same(cron, cron.WithSpread("other"));
        Assert.Equal(0, cron.Next(NewYear, TimeZoneInfo.Utc)!.Value.Minute);
    }

    [Fact]
    public void The_spread_is_part_of_the_expression()
    {
        var cron = CronExpression.Parse("h H * * *");

        Assert.True(cron.UsesSpread);
        Assert.Null(cron.Spread);
        Assert.Equal("a", cron.WithSpread("a").Spread);
        Assert.Equal(CronExpression.Parse("h H * * *", spread: "a"), cron.WithSpread("a"));
        Assert.NotEqual(cron.WithSpread("b"), cron.WithSpread("a"));
        Assert.Equal("spread", Assert.Throws<InvalidFieldException>(() => cron.WithSpread(new string('x', 201))).Field);
    }

    private static DateTimeOffset Next(string text, string name) =>
        CronExpression.Parse(text, spread: name).Next(NewYear.AddTicks(-1), TimeZoneInfo.Utc)!.Value;
}
