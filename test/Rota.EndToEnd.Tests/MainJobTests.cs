using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>ConnectHub's walk-through, on the program as a new user starts it.</summary>
public sealed class MainJobTests
{
    [Fact]
    public async Task Up_shows_the_example_running_within_a_minute()
    {
        await using var rota = new RotaProcess();
        FeedTests.CopyPlugin(rota, "example");
        await rota.StartAsync("up");

        await RotaProcess.WaitAsync(
            () => rota.Output.Any(line => line.Contains("example.hello") && line.Contains("succeeded")),
            "the example is shown as succeeded");

        Assert.Contains(rota.Output, line => line.Contains("Hello, Mars"));
    }

    [Fact]
    public async Task The_walk_through_of_ConnectHub_works_and_its_secret_is_nowhere_to_be_read()
    {
        const string Secret = "hub-secret-7f3a91c2";
        await using var rota = new RotaProcess();
        FeedTests.CopyPlugin(rota, "example");
        await rota.StartAsync();
        await rota.PutAsync("schedules/example.hello", new
        {
            trigger = new { cron = "* * * * *" },
            handler_path = "extensions.example.job:ExampleJob",
            args = new { name = "Mars" },
            secrets = new { token = Secret },
        });

        var run = await rota.PostAsync("schedules/example.hello/run", new { });
        var job = await rota.EndOfAsync(run.GetProperty("id").GetInt64());
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal("Mars", job.GetProperty("args").GetProperty("name").GetString());

        var retry = await rota.PostAsync($"jobs/{job.GetProperty("id").GetInt64()}/retry", new { });
        var again = await rota.EndOfAsync(retry.GetProperty("id").GetInt64());
        Assert.Equal("succeeded", again.GetProperty("state").GetString());
        Assert.Equal(job.GetProperty("id").GetInt64(), again.GetProperty("retry_of").GetInt64());

        var shown = string.Join('\n',
            (await rota.GetAsync("schedules")).ToString(), (await rota.GetAsync("jobs")).ToString(),
            job.ToString(), (await rota.GetAsync($"jobs/{again.GetProperty("id")}/logs")).ToString(),
            await File.ReadAllTextAsync($"/proc/{rota.Pid}/cmdline"), string.Join('\n', rota.Output));
        Assert.DoesNotContain(Secret, shown);
        await rota.StopAsync();
        Assert.Empty(FilesWith(rota.Folder, Secret));
        Assert.NotEmpty(FilesWith(rota.Data, "gAAAAA")); // the token itself is there: the search can find things
    }

    [Fact]
    public async Task A_plug_in_written_from_the_docs_is_there_within_seconds_and_broken_code_names_its_line()
    {
        await using var rota = await new RotaProcess().StartAsync();
        var made = await rota.RunAsync(["plugins", "new", "greet"]);
        Assert.True(made.Code == 0, made.Error);
        var file = Directory.GetFiles(rota.Plugins, "*.cs", SearchOption.AllDirectories).Single();
        await RotaProcess.WaitAsync(
            async () => (await PluginAsync(rota, "greet"))?.GetProperty("state").GetString() == "loaded",
            "the plug-in is loaded");
        var kind = (await PluginAsync(rota, "greet"))!.Value.GetProperty("kinds")[0].GetString()!;

        await File.WriteAllTextAsync(file, await File.ReadAllTextAsync(file) + "\npublic class Broken { int }\n");
        await RotaProcess.WaitAsync(
            async () => (await PluginAsync(rota, "greet"))?.GetProperty("state").GetString() == "stale",
            "the broken version is seen");

        var error = (await PluginAsync(rota, "greet"))!.Value.GetProperty("errors")[0];
        Assert.EndsWith(".cs", error.GetProperty("file").GetString());
        Assert.True(error.GetProperty("line").GetInt32() > 1);
        var job = await rota.EndOfAsync(await rota.EnqueueAsync(kind, new { }));
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
    }

    private static async Task<JsonElement?> PluginAsync(RotaProcess rota, string name) =>
        (await rota.GetAsync("plugins")).GetProperty("items").EnumerateArray()
            .Where(plugin => plugin.GetProperty("name").GetString() == name).Cast<JsonElement?>().SingleOrDefault();

    private static List<string> FilesWith(string folder, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)];
    }
}
