using System.Text;
using Rota.Supervisor.Logs;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>What a limited log keeps of a stream.</summary>
public class RateLimitTests
{
    private readonly ManualTime _time = new();
    private readonly RateLimit _limit;

    public RateLimitTests() => _limit = new("stdout_rate_limit", 10, _time);

    [Fact]
    public void Lines_over_the_limit_are_dropped_whole_and_told_once_when_the_next_second_begins()
    {
        Assert.Equal("one\ntwo\nthree\n", Take("one\ntwo\nthree\nfour\nfive\n"));
        Assert.Equal("", Take("six\n"));
        Second();
        Assert.Equal("3 lines (14 bytes) dropped by stdout_rate_limit\nseven\n", Take("seven\n"));
        Assert.False(_limit.HasDropped);
    }

    [Fact]
    public void A_line_that_was_begun_goes_on_as_it_began_wherever_the_reads_cut_it()
    {
        Assert.Equal("a line of some", Take("a line of some"));
        Assert.Equal(" length\n", Take(" length\ngo"));
        Second(2);
        Assert.Equal("1 lines (5 bytes) dropped by stdout_rate_limit\non\n", Take("ne\non\n"));
    }

    [Fact]
    public void What_a_line_takes_too_much_is_taken_from_the_next_seconds()
    {
        Assert.Equal("0123456789012345678901234\n", Take("0123456789012345678901234\n"));
        Second();
        Assert.Equal("", Take("a\n"));
        Second();
        Assert.EndsWith("b\n", Take("b\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_dropped_from_where_it_is_too_long()
    {
        var endless = new string('x', RateLimit.LineBytesMax);
        Assert.Equal(endless, Take(endless));
        Assert.Equal("", Take(endless + endless));
        Assert.Equal($"\n2 lines ({2 * RateLimit.LineBytesMax} bytes) dropped by stdout_rate_limit\n",
            Tell(isEnd: true));
    }

    [Fact]
    public void It_is_told_without_a_further_line_when_the_second_is_over_or_the_stream()
    {
        Take("0123456789\nlost\n");
        Assert.Equal("", Tell(isEnd: false));
        Second();
        Assert.Equal("1 lines (5 bytes) dropped by stdout_rate_limit\n", Tell(isEnd: false));
        Assert.Equal("", Tell(isEnd: true));
    }

    private string Take(string text) => Encoding.UTF8.GetString(_limit.Take(Encoding.UTF8.GetBytes(text)));

    private string Tell(bool isEnd) => Encoding.UTF8.GetString(_limit.Tell(isEnd));

    private void Second(int count = 1) => _time.Advance(TimeSpan.FromSeconds(count));
}
