using Rota.Supervisor.Logs;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>When the next reading is put off.</summary>
public class OutputPaceTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);

    private readonly ManualTime _time = new();
    private readonly OutputPace _pace;

    public OutputPaceTests()
    {
        _pace = new(_time);
        Pass(100);
    }

    [Fact]
    public void Small_writes_one_after_the_other_are_gathered()
    {
        Assert.Equal(Soon, Pass(100));
        Assert.Equal(Soon, Pass(2_000));
    }

    [Fact]
    public void What_comes_now_and_then_is_read_at_once()
    {
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(TimeSpan.Zero, Pass(100));
    }

    [Fact]
    public void A_process_that_floods_is_not_made_to_wait_between_two_full_pipes()
    {
        Assert.Equal(TimeSpan.Zero, Pass(64 * 1024));
        Assert.Equal(TimeSpan.Zero, Pass(15_500));
        for (var pass = 0; pass < 100; pass++)
            Pass(100);
        Assert.Equal(Soon, Pass(100));
    }

    private TimeSpan Pass(int bytes)
    {
        _time.Advance(Soon);
        _pace.Note(bytes);
        return _pace.Next();
    }
}
