using System.Diagnostics;
using Rota.Postgres;

namespace Rota.Stores.Tests;

public sealed class PaceTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>A beginning that is not over yet, however slow the machine is.</summary>
    private static long Soon => Stopwatch.GetTimestamp() + Stopwatch.Frequency;

    [Fact]
    public void It_is_due_at_first_and_always_while_it_takes_no_time()
    {
        var pace = new Pace();
        Assert.True(pace.IsDue);
        pace.Done(Soon);
        Assert.True(pace.IsDue);
    }

    [Fact]
    public void What_took_long_is_not_due_again_at_once()
    {
        var pace = new Pace();
        pace.Done(Stopwatch.GetTimestamp() - 10 * Stopwatch.Frequency);
        Assert.False(pace.IsDue);
    }

    [Fact]
    public void One_that_begins_later_is_not_due_before()
    {
        Assert.False(Pace.After(Hour).IsDue);
        Assert.True(Pace.After(TimeSpan.Zero).IsDue);
    }

    [Fact]
    public void Hurried_while_it_is_done_it_is_due_again()
    {
        var pace = new Pace();
        var beganAt = Stopwatch.GetTimestamp();
        pace.Hurry();
        pace.Done(beganAt, Hour);
        Assert.True(pace.IsDue);

        pace.Done(Soon, Hour);
        Assert.False(pace.IsDue);
    }

    [Fact]
    public void Hurried_for_a_time_it_stays_due_whatever_comes_between()
    {
        var pace = new Pace();
        pace.Hurry(Hour);
        pace.Done(Soon, Hour);
        pace.Hurry();
        pace.Done(Soon, Hour);
        Assert.True(pace.IsDue);
    }
}
