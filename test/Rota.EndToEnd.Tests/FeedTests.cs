using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The sample integration on a real web server that misbehaves, while Rota is killed in the middle.</summary>
public sealed class FeedTests
{
    private const int Entries = 40;

    [Fact]
    public async Task Every_entry_of_a_feed_arrives_although_servers_fail_and_rota_is_killed()
    {
        await using var nginx = await new Nginx().StartAsync();
        await using var hook = await Webhook.StartAsync();
        using var hanging = new TcpListener(IPAddress.Loopback, 0); // accepts by its backlog, and never answers
        hanging.Start();
        await using var rota = new RotaProcess(null, ("ROTA_WORKERS__CONCURRENCY", "1"),
            ("ROTA_INTEGRATIONS__ALLOWEDHOSTS__0", "127.0.0.1"));
        CopyPlugin(rota, "feed");
        WriteFeed(nginx, 10);
        await rota.StartAsync();
        await rota.PutAsync("schedules/feed", new
        {
            trigger = new { every = "1s" },
            kind = "feed.watch",
            args = new { feedUrl = nginx.Address + "/feed.xml", webhookUrl = hook.Address },
            options = new
            {
                max_attempts = 20,
                timeout = "8s",
                backoff = new { kind = "fixed", delays = new[] { "200ms" } },
            },
        });
        await ArrivedAsync(hook, 10);

        await nginx.ChangeAsync("return 500;");
        hook.FailNext("500", "429", "hang");
        WriteFeed(nginx, 20);
        await nginx.ChangeAsync("add_header Retry-After 1 always; return 429;");
        await nginx.ChangeAsync($"proxy_pass http://127.0.0.1:{((IPEndPoint)hanging.LocalEndpoint).Port};");
        await nginx.ChangeAsync($"root {nginx.Root};");
        await RotaProcess.WaitAsync(() => hook.Accepted.Count > 12, "posts go on");

        await rota.KillAsync();
        WriteFeed(nginx, Entries);
        await rota.StartAsync();
        await RotaProcess.WaitAsync(() => hook.Accepted.Count > 25, "posts go on after the kill");
        await rota.KillAsync();
        await rota.StartAsync();
        await ArrivedAsync(hook, Entries);

        var twice = hook.Accepted.Count - hook.Accepted.Distinct().Count();
        Assert.Equal(Entries, hook.Accepted.Distinct().Count());
        Assert.True(twice <= 2, $"{twice} entries were posted twice; only a kill between post and note may do that");
    }

    private static Task ArrivedAsync(Webhook hook, int count) => RotaProcess.WaitAsync(
        () => hook.Accepted.Distinct().Count() >= count, $"{count} entries have arrived");

    private static void WriteFeed(Nginx nginx, int entries)
    {
        var items = Enumerable.Range(1, entries).Select(number => $"""
            <item><title>Entry {number}</title><guid>urn:entry:{number}</guid>
            <link>http://127.0.0.1/{number}</link><description>Text {number}</description></item>
            """);
        var file = Path.Combine(nginx.Root, "feed.xml");
        File.WriteAllText(file + ".new", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <rss version="2.0"><channel><title>News</title><link>http://127.0.0.1/</link><description>News</description>
            {string.Join('\n', items)}
            </channel></rss>
            """);
        File.Move(file + ".new", file, overwrite: true);
    }

    internal static void CopyPlugin(RotaProcess rota, string name)
    {
        var target = Directory.CreateDirectory(Path.Combine(rota.Plugins, name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(RotaProcess.Repository, "plugins", name)))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
    }
}
