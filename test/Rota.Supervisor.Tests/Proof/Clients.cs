using System.Diagnostics;
using System.Text.Json;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>supervisorctl of one side, as often as one likes.</summary>
internal interface IClient : IAsyncDisposable
{
    /// <param name="input">What is typed.</param>
    Task<Ran> RunAsync(string config, string input, params string[] args);
}

internal sealed class OurClient : IClient
{
    public Task<Ran> RunAsync(string config, string input, params string[] args) =>
        Programs.SupervisorctlAsync(Side.Ours, config, input, args);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Debian's, in one Python process that runs its code for each call.</summary>
internal sealed class TheirClient : IClient
{
    private readonly Process _python = Process.Start(
        new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Proof", "ctl.py")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    public async Task<Ran> RunAsync(string config, string input, params string[] args)
    {
        object[] request = [(string[])["-c", config, .. args], input];
        await _python.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
        await _python.StandardInput.FlushAsync();
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        var answer = await _python.StandardOutput.ReadLineAsync(deadline.Token);
        var parts = JsonSerializer.Deserialize<JsonElement[]>(answer!)!;
        return new Ran(parts[0].GetString()!, "", parts[1].GetInt32());
    }

    public async ValueTask DisposeAsync()
    {
        _python.StandardInput.Close();
        await _python.WaitForExitAsync();
        _python.Dispose();
    }
}
