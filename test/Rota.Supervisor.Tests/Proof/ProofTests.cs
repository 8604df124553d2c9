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
            differences.AddRange(Differences(await theirs, text)
                .Select(difference => $"daemon {pair.Item1}, client {pair.Item2}:\n{difference}"));
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    [Fact]
    public async Task Every_method_answers_a_client_in_Python_the_same_with_each_daemon()
    {
        var sides = await Task.WhenAll(CallAllAsync(Side.Theirs), CallAllAsync(Side.Ours));
        var (theirs, ours) = (sides[0].Split('\n'), sides[1].Split('\n'));
        Assert.Equal(theirs.Length, ours.Length);
        var differences = theirs.Zip(ours)
            .Where(pair => pair.First != pair.Second
                && !Known.IsMeant(pair.First.Split(' ')[0], pair.First, pair.Second))
            .Select(pair => $"theirs {pair.First}\nours   {pair.Second}").ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static async Task<string> CallAllAsync(Side side)
    {
        await using var daemon = await DaemonProcess.StartAsync(side, ProofScript.Config + ProofScript.Stubborn);
        // Whatever starts by itself has started once a process that was asked to start is up.
        await Programs.SupervisorctlAsync(Side.Theirs, daemon.Config, null, "restart", "sleeper");
        await Programs.SupervisorctlAsync(Side.Theirs, daemon.Config, null, "stop", "sleeper");
        var ran = await Programs.PythonAsync(Path.Combine(AppContext.BaseDirectory, "Proof", "rpc.py"),
            $"unix://{daemon.Socket}", daemon.Folder);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Errors);
        return Transcript.Plain(ran.Output, daemon.Folder);
    }

    /// <summary>Each command whose output differs and is not meant to, both ways.</summary>
    private static IEnumerable<string> Differences(string theirs, string other) =>
        theirs.Split("$ ").Zip(other.Split("$ "))
        .Where(pair => pair.First != pair.Second && !Known.IsMeant(pair.First.Split('\n')[0], pair.First, pair.Second))
        .Select(pair => $"theirs $ {pair.First}other  $ {pair.Second}");
}
