"""The lowerings of a traced space, one file each: model, cost, source, diagram."""
