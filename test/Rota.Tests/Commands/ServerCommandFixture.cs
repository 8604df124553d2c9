using Microsoft.Extensions.Logging;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>A real server on a free port, and commands that find it.</summary>
public abstract class ServerCommandFixture : IAsyncLifetime
{
    private RunningServer _server = null!; // set before each test

    protected CommandRun Run { get; } = new()
    {
        Variables = { ["ROTA_PORT"] = "0", ["ROTA_SHELL__ISENABLED"] = "true" },
    };

    public async ValueTask InitializeAsync()
    {
        var settings = SettingsReader.Read(Run.Terminal, []);
        _server = await RunningServer.StartAsync(Run.Terminal, settings, LogLevel.Critical, allowLoopback: true,
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _server.DisposeAsync();
        Run.Dispose();
    }

    /// <returns>What a command wrote that had to go well.</returns>
    protected async Task<string> OutputAsync(params string[] args)
    {
        var exitCode = await Run.RunAsync(args);
        Assert.True(exitCode == ExitCode.Ok, $"{string.Join(' ', args)} exits with {exitCode}: {Run.Error}");
        return Run.Output;
    }
}
