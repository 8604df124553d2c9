using Rota.Secrets;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Secrets as one attempt reads them: decrypted when asked for, and masked in all that it writes.</summary>
internal sealed class AttemptSecrets(Claimed job, SecretOperations secrets) : JobSecrets
{
    private readonly Redactor _redactor = new();
    private IReadOnlyDictionary<string, string>? _own;

    public string Mask(string text) => _redactor.Mask(text);

    public override async ValueTask<string> GetAsync(string name, CancellationToken stop)
    {
        if ((await GetOwnAsync(stop)).TryGetValue(name, out var own))
            return own;
        var value = await secrets.ReadAsync(name, stop);
        _redactor.Add(value);
        return value;
    }

    public override async ValueTask<IReadOnlyDictionary<string, string>> GetOwnAsync(CancellationToken stop)
    {
        if (_own is not null)
            return _own;
        _own = job.Schedule is null
            ? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty
            : await secrets.ReadScheduleAsync(job.Schedule, stop);
        foreach (var value in _own.Values)
            _redactor.Add(value);
        return _own;
    }
}
