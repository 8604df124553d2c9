using Xunit;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>Debian's supervisor and ours, daemon and client in all four pairs, print the same.</summary>
public class ProofTests
{
    [Fact]
    public async Task The_same_script_prints_the_same_with_each_daemon_and_each_client()
    {
        var theirs = Transcript.OfAsync(Side.Theirs, Side.Theirs);
        var others = new[] { (Side.Ours, Side.Theirs), (Side.Theirs, Side.Ours), (Side.Ours, Side.Ours) }
            .Select(async pair => (Pair: pair, Text: await Transcript.OfAsync(pair.Item1, pair.Item2))).ToList();
        var differences = new List<string>();
        foreach (var other in others)
        {
            var (pair, text) = await other;
            if (await theirs != text)
                differences.Add($"daemon {pair.Item1}, client {pair.Item2}:\n{Difference(await theirs, text)}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    [Fact]
    public async Task Every_method_answers_a_client_in_Python_the_same_with_each_daemon()
    {
        var sides = await Task.WhenAll(CallAllAsync(Side.Theirs), CallAllAsync(Side.Ours));
        var differences = sides[0].Split('\n').Zip(sides[1].Split('\n')).Where(pair => pair.First != pair.Second)
            .Select(pair => $"theirs {pair.First}\nours   {pair.Second}").ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal(sides[0].Length, sides[1].Length);
    }

    private static async Task<string> CallAllAsync(Side side)
    {
        await using var daemon = await DaemonProcess.StartAsync(side, ProofScript.Config + ProofScript.Stubborn);
        // Whatever starts by itself has started once a process that was asked to start is up.
        await Programs.SupervisorctlAsync(Side.Theirs, daemon.Config, null, "restart", "sleeper");
        await Programs.SupervisorctlAsync(Side.Theirs, daemon.Config, null, "stop", "sleeper");
        var ran = await Programs.PythonAsync("Proof/rpc.py", $"unix://{daemon.Socket}", daemon.Folder);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Errors);
        return Transcript.Plain(ran.Output, daemon.Folder);
    }

    /// <summary>Each command whose output differs, both ways.</summary>
    private static string Difference(string theirs, string other)
    {
        var pairs = theirs.Split("$ ").Zip(other.Split("$ "));
        return string.Join("\n", pairs.Where(pair => pair.First != pair.Second)
            .Select(pair => $"theirs $ {pair.First}other  $ {pair.Second}"));
    }
}
