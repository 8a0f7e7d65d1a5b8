"""placeholder"""
def parse(raw: str): raise NotImplementedError
