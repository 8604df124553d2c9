using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("0s", "00:00:00", "0s")]
    [InlineData("500ms", "00:00:00.5", "500ms")]
    [InlineData("90s", "00:01:30", "1m30s")]
    [InlineData("5m", "00:05:00", "5m")]
    [InlineData("1h30m", "01:30:00", "1h30m")]
    [InlineData(" 1h 30m ", "01:30:00", "1h30m")]
    [InlineData("2d", "2.00:00:00", "2d")]
    [InlineData("1w", "7.00:00:00", "1w")]
    [InlineData("1w1d", "8.00:00:00", "8d")]
    [InlineData("366d", "366.00:00:00", "366d")]
    [InlineData("00:05:00", "00:05:00", "5m")]
    [InlineData("1.02:03:04", "1.02:03:04", "1d2h3m4s")]
    [InlineData("00:00:00.0000001", "00:00:00.0000001", "00:00:00.0000001")]
    public void Reads_and_writes_what_people_write(string text, string expected, string shortest)
    {
        var duration = Durations.Parse(text);

        Assert.Equal(TimeSpan.ParseExact(expected, "c", null), duration);
        Assert.Equal(shortest, Durations.Format(duration));
        Assert.Equal(duration, Durations.Parse(shortest));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("-5m")]
    [InlineData("-00:05:00")]
    [InlineData("1.5h")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("5M")]
    [InlineData("10:30")]
    [InlineData("24:00:00")]
    [InlineData("00:60:00")]
    [InlineData("99999999999999999999d")]
    [InlineData("99999999999d")]
    [InlineData("1d 10675199d")]
    public void Refuses_everything_else_and_names_the_field(string text)
    {
        var error = Assert.Throws<InvalidFieldException>(() => Durations.Parse(text, "timeout"));

        Assert.Equal("timeout", error.Field);
        Assert.Equal($"'{text}' is no duration.", error.Message);
        Assert.NotNull(error.Hint);
    }
}
