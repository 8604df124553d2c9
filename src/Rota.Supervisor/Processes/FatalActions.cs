using System.Net.Http.Json;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>What `on_fatal` says is done when a process is given up. Begins on the loop thread and never makes it
/// wait.</summary>
internal sealed class FatalActions(ProcessSurroundings around)
{
    private const int PostsMax = 3;
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PostLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenPosts = TimeSpan.FromSeconds(2);

    /// <summary>Ends the daemon with exit code 1.</summary>
    public Action Exit { get; set; } = () => { };

    public void Do(SupervisedProcess process, string reason)
    {
        if (process.Config.Life.OnFatal is not { } action)
            return;
        switch (action.Kind)
        {
            case FatalKind.Exit:
                around.Log.Critical($"{process.Config.Name} is FATAL: the daemon ends with 1 (on_fatal=exit)");
                // Posted: the process is first done with what it is doing.
                around.Loop.Post(Exit);
                break;
            case FatalKind.Run:
                around.Log.Info($"running the command of on_fatal for {process.Config.Name}");
                around.Commands.Run(process, action.Target, [new("SUPERVISOR_REASON", reason)], CommandLimit,
                    problem => Say(process.Config.Name, "the command", problem));
                break;
            default:
                _ = PostAsync(action.Target, process.Config.Name, process.Group, reason);
                break;
        }
    }

    private async Task PostAsync(string address, string process, string group, string reason)
    {
        await Task.Yield();
        var body = new Dictionary<string, object>
        {
            ["event"] = "process.fatal",
            ["process"] = process,
            ["group"] = group,
            ["reason"] = reason,
            ["at"] = around.Time.GetUtcNow(),
        };
        var problem = await TryPostAsync(address, body);
        for (var count = 1; problem is not null && count < PostsMax; count++)
        {
            await Task.Delay(BetweenPosts * count, around.Time);
            problem = await TryPostAsync(address, body);
        }
        Say(process, "the post", problem);
    }

    private async Task<string?> TryPostAsync(string address, Dictionary<string, object> body)
    {
        using var stop = new CancellationTokenSource(PostLimit, around.Time);
        try
        {
            using var answer = await around.Probes.Http.PostAsJsonAsync(address, body, stop.Token);
            return answer.IsSuccessStatusCode ? null : $"the answer is {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {PostLimit.TotalSeconds} seconds";
        }
        catch (HttpRequestException error)
        {
            return error.Message.ReplaceLineEndings(" ");
        }
    }

    private void Say(string process, string what, string? problem)
    {
        if (problem is null)
            around.Log.Info($"{what} of on_fatal for {process} is done");
        else
            around.Log.Error($"{what} of on_fatal for {process} failed: {problem}");
    }
}
