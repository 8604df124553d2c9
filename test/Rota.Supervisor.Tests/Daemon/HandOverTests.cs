using System.Text.Json.Nodes;
using Rota.Supervisor.Daemon;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>What one version of the daemon tells the next one.</summary>
public sealed class HandOverTests
{
    private static readonly HandOver All = new(ConfigOf("/folder", Group("web", Sh("a", "exec cat"))), 7,
        [new(Group("web", Sh("a", "exec cat")), [new("A", "1")], null, null,
            [new("a", new() { State = ProcessState.Running, Spawns = 3 }, "out", "err", new(12, 4, [], null, null, null,
                null))])], []);

    [Fact]
    public void Fields_that_another_version_has_are_passed_over()
    {
        var json = JsonNode.Parse(Upgrade.Write(All))!;
        var memory = json["Groups"]![0]!["Processes"]![0]!["Memory"]!.AsObject();
        memory["RestartAt"] = 123;
        foreach (var part in new[] { json, json["Running"]!, json["Groups"]![0]!, json["Groups"]![0]!["Config"]! })
            part["Later"] = new JsonObject { ["Deep"] = new JsonArray(1, 2) };
        Assert.Equal(Upgrade.Write(All), Upgrade.Write(Upgrade.Read(Bytes(json))));
    }

    [Fact]
    public void Fields_that_another_version_has_not_are_as_at_first()
    {
        var json = JsonNode.Parse(Upgrade.Write(All))!;
        var memory = json["Groups"]![0]!["Processes"]![0]!["Memory"]!.AsObject();
        memory.Remove(nameof(ProcessMemory.IsReplaceAsked));
        memory.Remove(nameof(ProcessMemory.TurnReason));
        Assert.Equal(Upgrade.Write(All), Upgrade.Write(Upgrade.Read(Bytes(json))));
    }

    private static byte[] Bytes(JsonNode json) => System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
}
