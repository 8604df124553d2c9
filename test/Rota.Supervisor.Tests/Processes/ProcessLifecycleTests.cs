using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Processes.ProcessState;
using static Rota.Supervisor.Processes.ProcessTrigger;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The table of moves against supervisor's documentation of process states.</summary>
public class ProcessLifecycleTests
{
    private static readonly Dictionary<(ProcessState, ProcessTrigger), ProcessState> Allowed = new()
    {
        [(Stopped, Spawn)] = Starting,
        [(Exited, Spawn)] = Starting,
        [(Fatal, Spawn)] = Starting,
        [(ProcessState.Backoff, Spawn)] = Starting,
        [(Starting, StaysUp)] = Running,
        [(Starting, Fails)] = ProcessState.Backoff,
        [(ProcessState.Backoff, GivesUp)] = Fatal,
        [(Exited, GivesUp)] = Fatal,
        [(Stopped, GivesUp)] = Fatal,
        [(Running, Exits)] = Exited,
        [(Stopping, Exits)] = Stopped,
        [(Starting, Stop)] = Stopping,
        [(Running, Stop)] = Stopping,
        [(Stopping, Stop)] = Stopping,
        [(ProcessState.Backoff, Stop)] = Stopped,
        [(Starting, CannotSignal)] = Unknown,
        [(Running, CannotSignal)] = Unknown,
        [(Stopping, CannotSignal)] = Unknown,
    };

    [Fact]
    public void Only_these_moves_are_allowed()
    {
        foreach (var state in Enum.GetValues<ProcessState>())
        {
            foreach (var trigger in Enum.GetValues<ProcessTrigger>())
                Assert.Equal(Allowed.TryGetValue((state, trigger), out var next) ? next : null, state.After(trigger));
        }
    }

    [Theory]
    [InlineData("web", "web", "web", "web")]
    [InlineData("web:1", "web", "1", "web:1")]
    [InlineData("web:*", "web", null, "web:*")]
    [InlineData("web:", "web", null, "web:*")]
    [InlineData("a:b:c", "a", "b:c", "a:b:c")]
    public void Names_are_read_as_supervisor_reads_them(string text, string group, string? process, string again)
    {
        var name = ProcessName.Parse(text);
        Assert.Equal((group, process), (name.Group, name.Process));
        Assert.Equal(again, name.ToString());
    }

    [Fact]
    public void Fault_texts_are_the_names_of_supervisor()
    {
        Assert.Equal("CANT_REREAD: no", new SupervisorFault(FaultCode.CantReread, "no").Message);
        Assert.Equal("NOT_EXECUTABLE", new SupervisorFault(FaultCode.NotExecutable).Message);
    }
}
