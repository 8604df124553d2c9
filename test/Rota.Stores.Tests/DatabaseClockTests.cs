using Rota.Postgres;

namespace Rota.Stores.Tests;

/// <summary>How a process knows the database's clock, whatever the answers took.</summary>
public sealed class DatabaseClockTests
{
    private static readonly DateTimeOffset Truth = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(2);

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly DatabaseClock _clock = new();

    /// <summary>What the database's clock shows now.</summary>
    private DateTimeOffset Now => Truth + TimeProvider.System.GetElapsedTime(_start);

    private TimeSpan Error => (_clock.GetUtcNow() - Now).Duration();

    /// <summary>An answer of now that was so long on its way back, and there.</summary>
    private void Answer(TimeSpan there, TimeSpan back, TimeSpan step = default) => _clock.Set(
        Now - back + step, TimeProvider.System.GetTimestamp() - Ticks(there + back));

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    [Fact]
    public void A_quick_answer_says_what_time_it_is()
    {
        Answer(TimeSpan.Zero, TimeSpan.Zero);

        Assert.InRange(Error, TimeSpan.Zero, Near);
    }

    [Theory]
    [InlineData(30, 0)]
    [InlineData(0, 30)]
    public void A_slow_answer_does_not_spoil_what_is_known(int there, int back)
    {
        Answer(TimeSpan.Zero, TimeSpan.Zero);

        Answer(TimeSpan.FromSeconds(there), TimeSpan.FromSeconds(back));

        Assert.InRange(Error, TimeSpan.Zero, Near);
    }

    [Theory]
    [InlineData(30, 0)]
    [InlineData(0, 30)]
    public void A_quick_answer_mends_what_a_slow_one_left_open(int there, int back)
    {
        Answer(TimeSpan.FromSeconds(there), TimeSpan.FromSeconds(back));

        Answer(TimeSpan.Zero, TimeSpan.Zero);

        Assert.InRange(Error, TimeSpan.Zero, Near);
    }

    [Theory]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    public void A_clock_of_the_database_that_was_set_is_followed(int seconds)
    {
        Answer(TimeSpan.Zero, TimeSpan.Zero);

        var step = TimeSpan.FromSeconds(seconds);
        Answer(TimeSpan.Zero, TimeSpan.Zero, step);

        Assert.InRange((_clock.GetUtcNow() - Now - step).Duration(), TimeSpan.Zero, Near);
    }
}
