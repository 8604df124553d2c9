using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Secrets;

/// <summary>Gets secrets of Rota for processes that are to start; lives on the loop thread, which never waits.
/// </summary>
/// <remarks>The values come from Rota's own program, which is run for it: it has the database and the key, this daemon
/// has neither. One run at a time; all who ask meanwhile are served by the next one together. Nothing is kept: each
/// start asks anew, so that a changed secret counts at the next start.</remarks>
/// <param name="program">The words that the names are put behind.</param>
internal sealed class SecretVault(EventLoop loop, IReadOnlyList<string> program)
{
    private List<(IReadOnlyList<string> Names, Action<SecretAnswer> Then)> _waiting = [];
    private bool _isAsking;

    /// <summary>Calls back later, also when it cannot be had.</summary>
    public void Ask(IReadOnlyList<string> names, Action<SecretAnswer> then)
    {
        _waiting.Add((names, then));
        if (!_isAsking)
            loop.Post(AskForAll);
        _isAsking = true;
    }

    private void AskForAll()
    {
        var asked = _waiting;
        _waiting = [];
        _isAsking = asked.Count > 0;
        if (!_isAsking)
            return;
        new SecretRun(loop, [.. program, .. asked.SelectMany(one => one.Names).Distinct()], answer =>
        {
            foreach (var (_, then) in asked)
                then(answer);
            AskForAll();
        }).Start();
    }
}
