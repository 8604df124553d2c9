using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Secrets of a server on their way to processes of the supervisor beside it.</summary>
public sealed class SupervisedSecretTests
{
    private const string Clear = "hunter2-of-the-database";

    [Fact]
    public async Task A_supervised_process_gets_the_secret_and_nothing_else_does()
    {
        await using var server = await new RotaProcess().StartAsync();
        Assert.Equal(0, (await server.RunAsync(["secrets", "set", "db-password"], Clear)).Code);
        await using var daemon = new RotaProcess(server.Folder);
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "supervisord.conf"), """
            [unix_http_server]
            file=%(here)s/sock
            [supervisord]
            logfile=%(here)s/supervisord.log
            loglevel=blather
            pidfile=%(here)s/pid
            childlogdir=%(here)s
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            [supervisorctl]
            serverurl=unix://%(here)s/sock
            [program:good]
            command=/bin/sh -c 'printf %%s "$PASSWORD" > new; mv new got; exec sleep 1000'
            secrets=PASSWORD=db-password
            [program:bad]
            command=/bin/sleep 1000
            secrets=PASSWORD=nobody-set-it
            startretries=0
            """, TestContext.Current.CancellationToken);
        daemon.Launch("supervise -n -c supervisord.conf");
        var got = Path.Combine(server.Folder, "got");
        await RotaProcess.WaitAsync(() => File.Exists(got), "the process has started");
        Assert.Equal(Clear, await File.ReadAllTextAsync(got, TestContext.Current.CancellationToken));
        await RotaProcess.WaitAsync(async () => (await PsAsync("bad")).Contains("FATAL", StringComparison.Ordinal),
            "the other is given up");
        Assert.Contains("couldn't get the secret 'nobody-set-it': it is not set; set it: rota secrets set "
            + "nobody-set-it", await PsAsync("bad"), StringComparison.Ordinal);
        var log = await File.ReadAllTextAsync(Path.Combine(server.Folder, "supervisord.log"),
            TestContext.Current.CancellationToken);
        Assert.Contains("spawned: 'good'", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Clear, log + string.Join('\n', daemon.Output), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.StopAsync());

        async Task<string> PsAsync(string name) =>
            (await daemon.RunAsync(["ps", name, "--json", "-c", "supervisord.conf"])).Output.Replace("\\u0027", "'");
    }
}
