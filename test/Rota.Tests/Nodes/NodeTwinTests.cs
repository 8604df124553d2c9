using Rota.Doctor;
using Rota.Nodes;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Nodes;

/// <summary>Which processes count as two of one name, and what is said of nodes.</summary>
public sealed class NodeTwinTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static NodeBeat Beat(string name, int pid, int startedSecondsAgo, int seenSecondsAgo) => new()
    {
        Name = name,
        Process = $"{pid}",
        Host = "machine",
        Pid = pid,
        Version = "1",
        StartedAt = Now.AddSeconds(-startedSecondsAgo),
        SeenAt = Now.AddSeconds(-seenSecondsAgo),
    };

    private static IEnumerable<int> Twins(params NodeBeat[] nodes) =>
        NodeTwins.Of(nodes, Now).SelectMany(twins => twins).Select(node => node.Pid);

    [Fact]
    public void Two_that_were_seen_since_both_run_are_twins() =>
        Assert.Equal([1, 2], Twins(Beat("a", 1, 60, 3), Beat("a", 2, 10, 0), Beat("b", 3, 60, 3)));

    [Fact]
    public void One_that_was_not_seen_since_the_other_started_was_followed_by_it() =>
        Assert.Empty(Twins(Beat("a", 1, 60, 4), Beat("a", 2, 3, 0)));

    [Fact]
    public void One_that_fell_silent_is_no_twin() =>
        Assert.Empty(Twins(Beat("a", 1, 600, 30), Beat("a", 2, 300, 0)));

    [Fact]
    public void The_doctor_names_the_processes_that_share_a_name()
    {
        var finding = NodeFinding.Of([Beat("a", 1, 60, 3), Beat("a", 2, 10, 0)], Now);

        Assert.Equal((FindingState.Warn, "2 processes are named a: 1 on machine, 2 on machine."),
            (finding.State, finding.Text));
        Assert.Contains("ROTA_WORKERS__NODE", finding.Hint);
    }

    [Theory]
    [InlineData(-7.5, "The clock of a is 7.5 s behind the database's.")]
    [InlineData(7.5, "The clock of a is 7.5 s ahead of the database's.")]
    [InlineData(4.5, "Each node has a name of its own, and no clock is off.")]
    public void The_doctor_warns_of_a_clock_that_is_off(double seconds, string text) =>
        Assert.Equal(text, NodeFinding.Of(
            [Beat("a", 1, 60, 3) with { ClockOffset = TimeSpan.FromSeconds(seconds) }], Now).Text);
}
